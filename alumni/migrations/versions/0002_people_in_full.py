"""people in full

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

LEVEL = "visibility IN ('office', 'class', 'chapters', 'alumni', 'public')"
KINDS = "kind IN ('institution', 'college', 'major', 'programme', 'hospital', 'industry')"
KINDS_BEFORE = "kind IN ('institution', 'college', 'major')"
PURPOSES = "purpose IN ('membership', 'mailings', 'chapter_sharing', 'address_book')"
PURPOSES_BEFORE = "purpose IN ('membership', 'mailings', 'chapter_sharing')"

PERIOD = {
    'from_year': 'from_year BETWEEN 1900 AND 2100',
    'to_year': 'to_year BETWEEN 1900 AND 2100',
    'order': 'to_year >= from_year',
    'from_month': 'from_month BETWEEN 1 AND 12',
    'to_month': 'to_month BETWEEN 1 AND 12',
}

TRIGGERS_BEFORE = (
    """CREATE TRIGGER person_search_added AFTER INSERT ON person_search BEGIN
        INSERT INTO person_fts(rowid, tokens) VALUES (new.person_id, new.tokens);
    END""",
    """CREATE TRIGGER person_search_removed AFTER DELETE ON person_search BEGIN
        INSERT INTO person_fts(person_fts, rowid, tokens)
        VALUES ('delete', old.person_id, old.tokens);
    END""",
    """CREATE TRIGGER person_search_changed AFTER UPDATE ON person_search
    WHEN old.tokens <> new.tokens BEGIN
        INSERT INTO person_fts(person_fts, rowid, tokens)
        VALUES ('delete', old.person_id, old.tokens);
        INSERT INTO person_fts(rowid, tokens) VALUES (new.person_id, new.tokens);
    END""",
)

INDEX_FOR_SQLITE = """CREATE VIRTUAL TABLE {index} USING fts5(
        tokens, content='', detail=none, columnsize=0, prefix='{prefixes}', tokenize='ascii'
    )"""
FILL_FOR_SQLITE = 'INSERT INTO person_fts(rowid, tokens) SELECT person_id, tokens FROM person_search'
PREFIXES_BEFORE, PREFIXES = '2 3 4 5', '2 3 4 5 6 7'

TRIGGERS = (
    """CREATE TRIGGER {index}_added AFTER INSERT ON person_search
    WHEN new.{column} IS NOT NULL BEGIN
        INSERT INTO {index}(rowid, tokens) VALUES (new.person_id, new.{column});
    END""",
    """CREATE TRIGGER {index}_removed AFTER DELETE ON person_search
    WHEN old.{column} IS NOT NULL BEGIN
        INSERT INTO {index}({index}, rowid, tokens)
        VALUES ('delete', old.person_id, old.{column});
    END""",
    """CREATE TRIGGER {index}_changed AFTER UPDATE ON person_search
    WHEN old.{column} IS NOT new.{column} BEGIN
        INSERT INTO {index}({index}, rowid, tokens)
        SELECT 'delete', old.person_id, old.{column} WHERE old.{column} IS NOT NULL;
        INSERT INTO {index}(rowid, tokens)
        SELECT new.person_id, new.{column} WHERE new.{column} IS NOT NULL;
    END""",
)
INDEXES = {'person_fts': 'tokens', 'person_fts_open': 'open_tokens'}


def is_sqlite():
    return op.get_bind().dialect.name == 'sqlite'


def anew(table):
    """The table, made anew on SQLite, so that a column stands there as in a new database."""
    return op.batch_alter_table(table, recreate='always' if is_sqlite() else 'never')


def replaced_check(table, name, condition):
    with anew(table) as batch_op:
        batch_op.drop_constraint(batch_op.f(name), type_='check')
        batch_op.create_check_constraint(batch_op.f(name), condition)


def upgrade():
    op.create_table('tag',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.CheckConstraint("name_zh <> ''", name=op.f('ck_tag_named')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tag')),
    sa.UniqueConstraint('name_zh', name=op.f('uq_tag_name_zh')),
    sa.UniqueConstraint('public_id', name=op.f('uq_tag_public_id'))
    )
    op.create_table('person_tag',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('tag_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_tag_person_id_person')),
    sa.ForeignKeyConstraint(['tag_id'], ['tag.id'], name=op.f('fk_person_tag_tag_id_tag'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'tag_id', name=op.f('pk_person_tag'))
    )
    with op.batch_alter_table('person_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_tag_tag_id'), ['tag_id'], unique=False)

    op.create_table('photo',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_photo_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo')),
    sa.UniqueConstraint('person_id', name=op.f('uq_photo_person_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_photo_public_id'))
    )
    op.create_table('stale_search',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_stale_search_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_stale_search'))
    )
    op.create_table('training',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('residency', 'fellowship', 'further', 'intern', name='trainingkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('hospital_id', sa.Integer(), nullable=True),
    sa.Column('written', sa.String(length=160), nullable=False),
    sa.Column('department', sa.String(length=120), nullable=True),
    sa.Column('from_year', sa.Integer(), nullable=True),
    sa.Column('from_month', sa.Integer(), nullable=True),
    sa.Column('to_year', sa.Integer(), nullable=True),
    sa.Column('to_month', sa.Integer(), nullable=True),
    sa.Column('certificate_number', sa.String(length=40), nullable=True),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.CheckConstraint('from_month BETWEEN 1 AND 12', name=op.f('ck_training_from_month')),
    sa.CheckConstraint('from_year BETWEEN 1900 AND 2100', name=op.f('ck_training_from_year')),
    sa.CheckConstraint('to_month BETWEEN 1 AND 12', name=op.f('ck_training_to_month')),
    sa.CheckConstraint('to_year >= from_year', name=op.f('ck_training_order')),
    sa.CheckConstraint('to_year BETWEEN 1900 AND 2100', name=op.f('ck_training_to_year')),
    sa.ForeignKeyConstraint(['hospital_id'], ['code.id'], name=op.f('fk_training_hospital_id_code')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_training_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training'))
    )
    with op.batch_alter_table('training', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_hospital_id_from_year'), ['hospital_id', 'from_year'], unique=False)
        batch_op.create_index(batch_op.f('ix_training_person_id'), ['person_id'], unique=False)

    op.create_table('audience',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('sharing', sa.Enum('nobody', 'office', 'chapter', name='sharing', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(sharing = 'chapter') = (chapter_id IS NOT NULL)", name=op.f('ck_audience_chapter')),
    sa.CheckConstraint("name_zh <> '' OR name_en <> ''", name=op.f('ck_audience_named')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_audience_account_id_account')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_audience_chapter_id_chapter')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audience')),
    sa.UniqueConstraint('public_id', name=op.f('uq_audience_public_id'))
    )
    with op.batch_alter_table('audience', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audience_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audience_chapter_id'), ['chapter_id'], unique=False)

    op.create_table('export_profile',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('format', sa.String(length=20), nullable=False),
    sa.Column('rows', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_export_profile_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_profile')),
    sa.UniqueConstraint('account_id', 'name', name=op.f('uq_export_profile_account_id_name')),
    sa.UniqueConstraint('public_id', name=op.f('uq_export_profile_public_id'))
    )
    with op.batch_alter_table('export_profile', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_profile_account_id'), ['account_id'], unique=False)

    op.create_table('kept_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('mimetype', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('wish', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'making', 'ready', 'failed', 'cancelled', name='filestate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('worker', sa.String(length=60), nullable=True),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tell', sa.Boolean(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('problem', sa.String(length=500), nullable=False),
    sa.Column('change_set_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name=op.f('ck_kept_file_ready')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_kept_file_account_id_account')),
    sa.ForeignKeyConstraint(['change_set_id'], ['change_set.id'], name=op.f('fk_kept_file_change_set_id_change_set')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_file')),
    sa.UniqueConstraint('public_id', name=op.f('uq_kept_file_public_id'))
    )
    with op.batch_alter_table('kept_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_kept_file_account_id_id'), ['account_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_kept_file_state_id'), ['state', 'id'], unique=False)

    op.create_table('file_chunk',
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['kept_file.id'], name=op.f('fk_file_chunk_file_id_kept_file'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('file_id', 'number', name=op.f('pk_file_chunk'))
    )
    with anew('code') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_code_codekind'), type_='check')
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_code_codekind'), KINDS)
        batch_op.create_check_constraint(batch_op.f('ck_code_merged'), 'merged_into_id IS NULL OR is_obsolete')
        batch_op.create_index(batch_op.f('ix_code_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_code_merged_into_id_code'), 'code', ['merged_into_id'], ['id'])

    with anew('code_alias') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_code_alias_codekind'), type_='check')
        batch_op.add_column(sa.Column('written', sa.String(length=160), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_code_alias_codekind'), KINDS)

    replaced_check('consent', 'ck_consent_consentpurpose', PURPOSES)

    with anew('contact_point') as batch_op:
        batch_op.add_column(sa.Column('label', sa.String(length=40), nullable=True))

    with anew('employment') as batch_op:
        batch_op.add_column(sa.Column('industry_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('from_year', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('from_month', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('to_year', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('to_month', sa.Integer(), nullable=True))
        for name, condition in PERIOD.items():
            batch_op.create_check_constraint(batch_op.f(f'ck_employment_{name}'), condition)
        batch_op.create_foreign_key(batch_op.f('fk_employment_industry_id_code'), 'code', ['industry_id'], ['id'])
    lowered = 'employer COLLATE NOCASE' if is_sqlite() else '(lower(employer) COLLATE "C")'
    op.create_index('ix_employment_by_employer', 'employment', [sa.text(lowered)])

    # whom a former name is shown to, nobody was asked yet: to the office alone
    with anew('former_name') as batch_op:
        batch_op.add_column(sa.Column('visibility', sa.String(length=24), server_default='office', nullable=False))
        batch_op.create_check_constraint(batch_op.f('ck_former_name_level'), LEVEL)
    with anew('former_name') as batch_op:
        batch_op.alter_column('visibility', existing_type=sa.String(length=24), server_default=None)

    upgrade_search()

    with anew('place') as batch_op:
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_place_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_place_merged_into_id_place'), 'place', ['merged_into_id'], ['id'])

    with anew('place_name') as batch_op:
        batch_op.add_column(sa.Column('written', sa.String(length=80), nullable=True))

    with anew('residence') as batch_op:
        batch_op.add_column(sa.Column('starts_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('ends_on', sa.Date(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_residence_order'), 'ends_on >= starts_on')

    with anew('study') as batch_op:
        batch_op.add_column(sa.Column('programme_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('entry_month', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_study_entry_month'), 'entry_month BETWEEN 1 AND 12')
        batch_op.create_foreign_key(batch_op.f('fk_study_programme_id_code'), 'code', ['programme_id'], ['id'])

    with anew('study_institution') as batch_op:
        batch_op.add_column(sa.Column('degree', sa.String(length=80), nullable=True))


def upgrade_search():
    """What other graduates find of a person becomes a column of its own, filled by the worker."""
    if is_sqlite():
        for name in ('added', 'removed', 'changed'):
            op.execute(f'DROP TRIGGER person_search_{name}')
    with anew('person_search') as batch_op:
        batch_op.add_column(sa.Column('open_tokens', sa.Text().with_variant(postgresql.TSVECTOR(), 'postgresql'), nullable=True))
    if is_sqlite():
        op.execute('DROP TABLE person_fts')
        for index, column in INDEXES.items():
            op.execute(INDEX_FOR_SQLITE.format(index=index, prefixes=PREFIXES))
            for statement in TRIGGERS:
                op.execute(statement.format(index=index, column=column))
        op.execute(FILL_FOR_SQLITE)
    else:
        op.create_index('ix_person_search_open_tokens', 'person_search', ['open_tokens'], postgresql_using='gin')
    op.execute("INSERT INTO stale_search (person_id) SELECT id FROM person WHERE status NOT IN ('merged', 'erased')")


def downgrade_search():
    if is_sqlite():
        for index in INDEXES:
            for name in ('added', 'removed', 'changed'):
                op.execute(f'DROP TRIGGER {index}_{name}')
            op.execute(f'DROP TABLE {index}')
    else:
        op.drop_index('ix_person_search_open_tokens', 'person_search')
    with anew('person_search') as batch_op:
        batch_op.drop_column('open_tokens')
    if is_sqlite():
        op.execute(INDEX_FOR_SQLITE.format(index='person_fts', prefixes=PREFIXES_BEFORE))
        op.execute(FILL_FOR_SQLITE)
        for statement in TRIGGERS_BEFORE:
            op.execute(statement)


def downgrade():
    """Words of the new lists and what hangs on them are gone with it: there was no room for them."""
    with anew('study_institution') as batch_op:
        batch_op.drop_column('degree')

    with anew('study') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_study_programme_id_code'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_study_entry_month'), type_='check')
        batch_op.drop_column('entry_month')
        batch_op.drop_column('programme_id')

    with anew('residence') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_residence_order'), type_='check')
        batch_op.drop_column('ends_on')
        batch_op.drop_column('starts_on')

    with anew('place_name') as batch_op:
        batch_op.drop_column('written')

    with anew('place') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_place_merged_into_id_place'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_place_merged_into_id'))
        batch_op.drop_column('merged_into_id')

    downgrade_search()

    with anew('former_name') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_former_name_level'), type_='check')
        batch_op.drop_column('visibility')

    op.drop_index('ix_employment_by_employer', 'employment')
    with anew('employment') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_employment_industry_id_code'), type_='foreignkey')
        for name in PERIOD:
            batch_op.drop_constraint(batch_op.f(f'ck_employment_{name}'), type_='check')
        batch_op.drop_column('to_month')
        batch_op.drop_column('to_year')
        batch_op.drop_column('from_month')
        batch_op.drop_column('from_year')
        batch_op.drop_column('industry_id')

    with anew('contact_point') as batch_op:
        batch_op.drop_column('label')

    op.execute("DELETE FROM consent WHERE purpose = 'address_book'")
    replaced_check('consent', 'ck_consent_consentpurpose', PURPOSES_BEFORE)

    op.drop_table('file_chunk')
    with op.batch_alter_table('kept_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_kept_file_state_id'))
        batch_op.drop_index(batch_op.f('ix_kept_file_account_id_id'))

    op.drop_table('kept_file')
    with op.batch_alter_table('export_profile', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_export_profile_account_id'))

    op.drop_table('export_profile')
    with op.batch_alter_table('audience', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audience_chapter_id'))
        batch_op.drop_index(batch_op.f('ix_audience_account_id'))

    op.drop_table('audience')
    with op.batch_alter_table('training', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_person_id'))
        batch_op.drop_index(batch_op.f('ix_training_hospital_id_from_year'))

    op.drop_table('training')
    op.drop_table('stale_search')
    op.drop_table('photo')
    with op.batch_alter_table('person_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_tag_tag_id'))

    op.drop_table('person_tag')
    op.drop_table('tag')

    op.execute(f'DELETE FROM code_alias WHERE NOT {KINDS_BEFORE}')
    with anew('code_alias') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_code_alias_codekind'), type_='check')
        batch_op.drop_column('written')
        batch_op.create_check_constraint(batch_op.f('ck_code_alias_codekind'), KINDS_BEFORE)

    op.execute(f'DELETE FROM code WHERE NOT {KINDS_BEFORE}')
    with anew('code') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_code_codekind'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_code_merged'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_code_merged_into_id_code'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_code_merged_into_id'))
        batch_op.drop_column('merged_into_id')
        batch_op.create_check_constraint(batch_op.f('ck_code_codekind'), KINDS_BEFORE)
