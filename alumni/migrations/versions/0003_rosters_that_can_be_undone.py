"""imports that are taken back, evidence, invitations, duplicates and seals

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

APPLICATIONS = "state IN ('unconfirmed', 'waiting', 'asked', 'approved', 'rejected', 'discarded')"
APPLICATIONS_BEFORE = "state IN ('unconfirmed', 'waiting', 'approved', 'rejected')"
OPEN = "state IN ('unconfirmed', 'waiting', 'asked')"
OPEN_BEFORE = "state IN ('unconfirmed', 'waiting')"
BATCHES = (
    "state IN ('received', 'reading', 'staged', 'waiting', 'applying', 'applied', 'discarded',"
    " 'failed', 'undoing', 'undone')"
)
BATCHES_BEFORE = "state IN ('staged', 'waiting', 'applying', 'applied', 'discarded', 'failed')"
VERDICTS = "verdict IN ('new', 'updated', 'unchanged', 'possible', 'error', 'skipped')"
VERDICTS_BEFORE = "verdict IN ('new', 'updated', 'unchanged', 'possible', 'error')"
KINDS = "kind IN ('registrar', 'chapter', 'contacts')"

SORT_KEY = sa.String(length=220).with_variant(sa.String(length=220, collation='C'), 'postgresql')

INDEX_FOR_SQLITE = """CREATE VIRTUAL TABLE {index} USING fts5(
        tokens, content='', detail=none, columnsize=0, prefix='{prefixes}', tokenize='ascii'
    )"""
FILL_FOR_SQLITE = """INSERT INTO {index}(rowid, tokens)
    SELECT person_id, {column} FROM person_search WHERE {column} IS NOT NULL"""
INDEXES = {'person_fts': 'tokens', 'person_fts_open': 'open_tokens'}
PREFIXES_BEFORE, PREFIXES = '2 3 4 5 6 7', '2 3 4 5 6'

TABLES = (
    'duplicate_search',
    'activation_wave',
    'duplicate_pair',
    'import_mapping',
    'invitation',
    'activation',
    'import_chunk',
    'evidence',
    'merge',
    'seal',
    'vouch',
    'change_seal',
)
"""In the order in which they are made."""


def is_sqlite():
    return op.get_bind().dialect.name == 'sqlite'


def anew(table):
    """The table, made anew on SQLite, so that a column stands there as in a new database."""
    return op.batch_alter_table(table, recreate='always' if is_sqlite() else 'never')


def added(table, *columns):
    """Add columns that may not be empty. What the rows there are have in them is no default."""
    with anew(table) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with anew(table) as batch_op:
        for column in columns:
            batch_op.alter_column(column.name, existing_type=column.type, server_default=None)


def replaced_check(table, name, condition):
    with anew(table) as batch_op:
        batch_op.drop_constraint(batch_op.f(name), type_='check')
        batch_op.create_check_constraint(batch_op.f(name), condition)


def replaced_open(condition):
    """Which applications of an address are open, of which there is one at most."""
    op.drop_index('uq_application_open', 'application')
    op.create_index(
        'uq_application_open',
        'application',
        ['email'],
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def count(name):
    return sa.Column(name, sa.Integer(), server_default='0', nullable=False)


def flag(name):
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def words(name, length):
    return sa.Column(name, sa.String(length=length), server_default='', nullable=False)


def upgrade():
    op.create_table('duplicate_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('id = 1', name=op.f('ck_duplicate_search_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicate_search'))
    )
    op.create_table('activation_wave',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('sentence', sa.String(length=1000), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('last_person_id', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_activation_wave_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation_wave')),
    sa.UniqueConstraint('public_id', name=op.f('uq_activation_wave_public_id'))
    )
    with op.batch_alter_table('activation_wave', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_activation_wave_account_id'), ['account_id'], unique=False)

    op.create_table('duplicate_pair',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('open', 'ignored', 'merged', name='pairstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('person_id < other_id', name=op.f('ck_duplicate_pair_ordered')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_duplicate_pair_decided_by_id_account')),
    sa.ForeignKeyConstraint(['other_id'], ['person.id'], name=op.f('fk_duplicate_pair_other_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_duplicate_pair_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicate_pair')),
    sa.UniqueConstraint('person_id', 'other_id', name=op.f('uq_duplicate_pair_person_id_other_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_duplicate_pair_public_id'))
    )
    with op.batch_alter_table('duplicate_pair', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_duplicate_pair_other_id'), ['other_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_duplicate_pair_state_score_id'), ['state', 'score', 'id'], unique=False)

    op.create_table('import_mapping',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('registrar', 'chapter', 'contacts', name='batchkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('shape', sa.String(length=64), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_import_mapping_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_mapping')),
    sa.UniqueConstraint('kind', 'shape', name=op.f('uq_import_mapping_kind_shape'))
    )
    op.create_table('invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('token', sa.String(length=43), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.Column('graduation_year', sa.Integer(), nullable=True),
    sa.Column('college_id', sa.Integer(), nullable=True),
    sa.Column('class_label', sa.String(length=40), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('most_uses', sa.Integer(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(chapter_id IS NULL) <> (graduation_year IS NULL)', name=op.f('ck_invitation_one_of_two')),
    sa.CheckConstraint('uses >= 0 AND uses <= most_uses', name=op.f('ck_invitation_uses')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_invitation_account_id_account')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_invitation_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['college_id'], ['code.id'], name=op.f('fk_invitation_college_id_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_invitation_public_id')),
    sa.UniqueConstraint('token', name=op.f('uq_invitation_token'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_chapter_id'), ['chapter_id'], unique=False)

    op.create_table('activation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('wave_id', sa.Integer(), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('code_hash', sa.String(length=64), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('letters', sa.Integer(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('activated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_activation_account_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_activation_person_id_person')),
    sa.ForeignKeyConstraint(['wave_id'], ['activation_wave.id'], name=op.f('fk_activation_wave_id_activation_wave')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_activation_code_hash')),
    sa.UniqueConstraint('person_id', name=op.f('uq_activation_person_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_activation_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_activation_token_hash'))
    )
    with op.batch_alter_table('activation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_activation_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_activation_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_activation_wave_id_id'), ['wave_id', 'id'], unique=False)

    op.create_table('import_chunk',
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_chunk_batch_id_import_batch'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('batch_id', 'number', name=op.f('pk_import_chunk'))
    )
    op.create_table('evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('certificate', 'answer', 'call', name='evidencekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'certificate') = (picture IS NOT NULL)", name=op.f('ck_evidence_picture')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_evidence_account_id_account')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_evidence_application_id_application'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence')),
    sa.UniqueConstraint('public_id', name=op.f('uq_evidence_public_id'))
    )
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evidence_application_id_id'), ['application_id', 'id'], unique=False)

    op.create_table('merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('gone_id', sa.Integer(), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('change_set_id', sa.Integer(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.Column('conflicts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_merge_account_id_account')),
    sa.ForeignKeyConstraint(['change_set_id'], ['change_set.id'], name=op.f('fk_merge_change_set_id_change_set')),
    sa.ForeignKeyConstraint(['gone_id'], ['person.id'], name=op.f('fk_merge_gone_id_person')),
    sa.ForeignKeyConstraint(['kept_id'], ['person.id'], name=op.f('fk_merge_kept_id_person')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['account.id'], name=op.f('fk_merge_undone_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merge')),
    sa.UniqueConstraint('public_id', name=op.f('uq_merge_public_id'))
    )
    with op.batch_alter_table('merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_merge_gone_id'), ['gone_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_merge_kept_id'), ['kept_id'], unique=False)

    op.create_table('seal',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('change_set_id', sa.Integer(), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('chain', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['change_set_id'], ['change_set.id'], name=op.f('fk_seal_change_set_id_change_set')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal')),
    sa.UniqueConstraint('change_set_id', name=op.f('uq_seal_change_set_id'))
    )
    op.create_table('vouch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_vouch_application_id_application'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_vouch_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vouch')),
    sa.UniqueConstraint('application_id', 'person_id', name=op.f('uq_vouch_application_id_person_id'))
    )
    with op.batch_alter_table('vouch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vouch_person_id'), ['person_id'], unique=False)

    op.create_table('change_seal',
    sa.Column('change_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['change_id'], ['change.id'], name=op.f('fk_change_seal_change_id_change')),
    sa.ForeignKeyConstraint(['number'], ['seal.number'], name=op.f('fk_change_seal_number_seal')),
    sa.PrimaryKeyConstraint('change_id', name=op.f('pk_change_seal'))
    )
    with op.batch_alter_table('change_seal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_seal_number'), ['number'], unique=False)

    upgrade_applications()
    upgrade_history()
    upgrade_imports()
    upgrade_people()
    upgrade_memberships()
    upgrade_search(PREFIXES)
    op.execute("""INSERT INTO stale_search (person_id) SELECT id FROM person
        WHERE status NOT IN ('merged', 'erased') AND id NOT IN (SELECT person_id FROM stale_search)""")


def upgrade_applications():
    added('application', words('question', 500), words('recommendation', 500))
    with anew('application') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_application_applicationstate'), type_='check')
        batch_op.add_column(sa.Column('birth_year', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('certificate_number', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('phone', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('chapter_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('invitation_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('recommended_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('recommended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_application_applicationstate'), APPLICATIONS)
        batch_op.create_foreign_key(batch_op.f('fk_application_chapter_id_chapter'), 'chapter', ['chapter_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_application_invitation_id_invitation'), 'invitation', ['invitation_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_application_recommended_by_id_account'), 'account', ['recommended_by_id'], ['id'])
    for name, columns in APPLICATION_INDEXES.items():
        op.create_index(op.f(name), 'application', columns)
    replaced_open(OPEN)


APPLICATION_INDEXES = {
    'ix_application_chapter_id': ['chapter_id'],
    'ix_application_invitation_id': ['invitation_id'],
    'ix_application_person_id': ['person_id'],
    'ix_application_name_graduation_year': ['name', 'graduation_year'],
    'ix_application_student_number': ['student_number'],
}


def upgrade_history():
    """What was changed outlives whom it was about."""
    with anew('change') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_change_person_id_person'), type_='foreignkey')
    added('change_set', words('request', 12), flag('is_sealed'))
    with anew('change_set') as batch_op:
        batch_op.add_column(sa.Column('open_until', sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_change_set_verb_id'), 'change_set', ['verb', 'id'])
    op.create_index(
        'ix_change_set_unsealed',
        'change_set',
        ['id'],
        sqlite_where=sa.text('NOT is_sealed'),
        postgresql_where=sa.text('NOT is_sealed'),
    )


def upgrade_imports():
    added(
        'import_batch',
        sa.Column('looked', sa.JSON(), server_default='{}', nullable=False),
        sa.Column('policies', sa.JSON(), server_default='{}', nullable=False),
        *(count(name) for name in ('read_rows', 'skipped', 'undone_rows', 'left_rows')),
    )
    with anew('import_batch') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_import_batch_batchstate'), type_='check')
        batch_op.alter_column('kind', existing_type=sa.String(length=20), type_=sa.String(length=24), existing_nullable=False)
        batch_op.add_column(sa.Column('undone_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_import_batch_batchstate'), BATCHES)
        batch_op.create_check_constraint(batch_op.f('ck_import_batch_batchkind'), KINDS)
        batch_op.create_foreign_key(batch_op.f('fk_import_batch_undone_by_id_account'), 'account', ['undone_by_id'], ['id'])
    added(
        'import_row',
        sa.Column('candidates', sa.JSON(), server_default='[]', nullable=False),
        flag('is_undone'),
        words('left', 60),
    )
    with anew('import_row') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_import_row_verdict'), type_='check')
        batch_op.add_column(sa.Column('key', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('found', sa.String(length=24), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_import_row_verdict'), VERDICTS)
    op.create_index(op.f('ix_import_row_batch_id_key'), 'import_row', ['batch_id', 'key'])
    op.create_index(op.f('ix_import_row_person_id'), 'import_row', ['person_id'])


def numbered_once():
    """No person's number is given again, on SQLite too. That stays where one goes back."""
    if is_sqlite():
        with op.batch_alter_table('person', recreate='always', table_kwargs={'sqlite_autoincrement': True}):
            pass


def upgrade_people():
    numbered_once()
    op.drop_index(op.f('ix_person_status_sort_key_id'), 'person')
    op.drop_index(op.f('ix_person_sort_key_id'), 'person')
    op.create_index(op.f('ix_person_sort_key_id'), 'person', ['sort_key', 'id'], unique=True)
    op.create_index(op.f('ix_person_status_sort_key_id_listed'), 'person', ['status', 'sort_key', 'id', 'listed'])
    op.create_index(
        'ix_person_merged_into',
        'person',
        ['merged_into_id'],
        sqlite_where=sa.text('merged_into_id IS NOT NULL'),
        postgresql_where=sa.text('merged_into_id IS NOT NULL'),
    )
    op.create_index(op.f('ix_former_name_name'), 'former_name', ['name'])
    op.create_index(op.f('ix_study_institution_certificate_number'), 'study_institution', ['certificate_number'])
    op.drop_index(op.f('ix_study_graduation_year_college_id_class_label'), 'study')
    op.drop_index(op.f('ix_study_person_id'), 'study')
    op.create_index('ix_study_class', 'study', ['graduation_year', 'college_id', 'class_label', 'visibility', 'person_id'])
    op.create_index(op.f('ix_study_person_id_graduation_year_visibility'), 'study', ['person_id', 'graduation_year', 'visibility'])


def upgrade_memberships():
    """What a member is sorted by stands beside the membership, and follows the person's."""
    with anew('chapter_membership') as batch_op:
        batch_op.add_column(sa.Column('sort_key', SORT_KEY, nullable=True))
    op.execute("""UPDATE chapter_membership SET sort_key =
        (SELECT sort_key FROM person WHERE person.id = chapter_membership.person_id)""")
    with anew('chapter_membership') as batch_op:
        batch_op.alter_column('sort_key', existing_type=SORT_KEY, nullable=False)
        batch_op.drop_constraint(batch_op.f('fk_chapter_membership_person_id_person'), type_='foreignkey')
        batch_op.create_foreign_key(batch_op.f('fk_chapter_membership_sort_key_person'), 'person', ['sort_key', 'person_id'], ['sort_key', 'id'], onupdate='CASCADE')
    op.create_index(op.f('ix_chapter_membership_chapter_id_state_sort_key_person_id'), 'chapter_membership', ['chapter_id', 'state', 'sort_key', 'person_id'])
    op.create_index(op.f('ix_chapter_membership_person_id_state_chapter_id'), 'chapter_membership', ['person_id', 'state', 'chapter_id'])


def upgrade_search(prefixes):
    """Other beginnings of words are kept. The words themselves are made anew by the worker."""
    if not is_sqlite():
        return
    for index, column in INDEXES.items():
        op.execute(f'DROP TABLE {index}')
        op.execute(INDEX_FOR_SQLITE.format(index=index, prefixes=prefixes))
        op.execute(FILL_FOR_SQLITE.format(index=index, column=column))


def downgrade():
    """What the new tables hold is gone with them: there was no room for it."""
    upgrade_search(PREFIXES_BEFORE)

    op.drop_index(op.f('ix_chapter_membership_person_id_state_chapter_id'), 'chapter_membership')
    op.drop_index(op.f('ix_chapter_membership_chapter_id_state_sort_key_person_id'), 'chapter_membership')
    with anew('chapter_membership') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_chapter_membership_sort_key_person'), type_='foreignkey')
        batch_op.create_foreign_key(batch_op.f('fk_chapter_membership_person_id_person'), 'person', ['person_id'], ['id'])
        batch_op.drop_column('sort_key')

    op.drop_index(op.f('ix_study_person_id_graduation_year_visibility'), 'study')
    op.drop_index('ix_study_class', 'study')
    op.create_index(op.f('ix_study_person_id'), 'study', ['person_id'])
    op.create_index(op.f('ix_study_graduation_year_college_id_class_label'), 'study', ['graduation_year', 'college_id', 'class_label'])
    op.drop_index(op.f('ix_study_institution_certificate_number'), 'study_institution')
    op.drop_index(op.f('ix_former_name_name'), 'former_name')
    op.drop_index('ix_person_merged_into', 'person')
    op.drop_index(op.f('ix_person_status_sort_key_id_listed'), 'person')
    op.drop_index(op.f('ix_person_sort_key_id'), 'person')
    op.create_index(op.f('ix_person_sort_key_id'), 'person', ['sort_key', 'id'])
    op.create_index(op.f('ix_person_status_sort_key_id'), 'person', ['status', 'sort_key', 'id'])

    op.drop_index(op.f('ix_import_row_person_id'), 'import_row')
    op.drop_index(op.f('ix_import_row_batch_id_key'), 'import_row')
    op.execute("DELETE FROM import_row WHERE verdict = 'skipped'")
    with anew('import_row') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_import_row_verdict'), type_='check')
        for name in ('key', 'found', 'candidates', 'is_undone', 'left'):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(batch_op.f('ck_import_row_verdict'), VERDICTS_BEFORE)
    op.execute("UPDATE import_batch SET state = 'applied' WHERE state IN ('undoing', 'undone')")
    op.execute("UPDATE import_batch SET state = 'discarded' WHERE state IN ('received', 'reading')")
    with anew('import_batch') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_import_batch_undone_by_id_account'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_import_batch_batchstate'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_import_batch_batchkind'), type_='check')
        batch_op.alter_column('kind', existing_type=sa.String(length=24), type_=sa.String(length=20), existing_nullable=False)
        for name in ('looked', 'policies', 'read_rows', 'skipped', 'undone_rows', 'left_rows', 'undone_by_id', 'undone_at'):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(batch_op.f('ck_import_batch_batchstate'), BATCHES_BEFORE)

    op.drop_index('ix_change_set_unsealed', 'change_set')
    op.drop_index(op.f('ix_change_set_verb_id'), 'change_set')
    with anew('change_set') as batch_op:
        batch_op.drop_column('is_sealed')
        batch_op.drop_column('open_until')
        batch_op.drop_column('request')
    op.execute('UPDATE change SET person_id = NULL WHERE person_id NOT IN (SELECT id FROM person)')
    with anew('change') as batch_op:
        batch_op.create_foreign_key(batch_op.f('fk_change_person_id_person'), 'person', ['person_id'], ['id'])

    op.execute("UPDATE application SET state = 'waiting' WHERE state = 'asked'")
    op.execute("UPDATE application SET state = 'rejected' WHERE state = 'discarded'")
    replaced_open(OPEN_BEFORE)
    for name in APPLICATION_INDEXES:
        op.drop_index(op.f(name), 'application')
    with anew('application') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_application_applicationstate'), type_='check')
        for name in ('chapter_id_chapter', 'invitation_id_invitation', 'recommended_by_id_account'):
            batch_op.drop_constraint(batch_op.f(f'fk_application_{name}'), type_='foreignkey')
        for name in (
            'birth_year', 'certificate_number', 'phone', 'chapter_id', 'invitation_id', 'question',
            'recommended_by_id', 'recommended_at', 'recommendation',
        ):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(batch_op.f('ck_application_applicationstate'), APPLICATIONS_BEFORE)

    for table in reversed(TABLES):
        op.drop_table(table)
