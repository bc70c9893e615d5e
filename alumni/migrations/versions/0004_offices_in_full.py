"""offices in full: rights with dates, handing over, petitions, reports, classes, second factors

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def one_of(column, *values):
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


HELD = (
    'people.view', 'people.edit', 'people.export', 'roster.import', 'applications.decide',
    'chapters.manage', 'events.manage', 'mailings.manage', 'letters.view', 'audit.view',
    'accounts.manage', 'settings.manage',
)
CAPABILITIES_BEFORE = one_of('capability', *HELD)
CAPABILITIES = one_of('capability', *HELD, 'requests.handle')
MAY = ('view', 'edit', 'approve', 'events', 'letters', 'publish', 'export')
RIGHTS_BEFORE, RIGHTS = one_of('"right"', *MAY), one_of('"right"', *MAY, 'report')
LINKS = ('confirm_application', 'set_password')
PURPOSES_BEFORE, PURPOSES = one_of('purpose', *LINKS), one_of('purpose', *LINKS, 'sign_in')

CERTIFICATE_KEY = (
    "upper(replace(replace(replace(replace(certificate_number, ' ', ''), '-', ''), '–', ''),"
    " '—', ''))"
)

TABLES = (
    'block',
    'lead',
    'relayed_message',
    'agreement',
    'announcement',
    'annual_report',
    'change_request',
    'class_liaison',
    'former_slug',
    'group_picture',
    'handover',
    'petition',
    'recovery_code',
    'request',
    'acceptance',
    'handover_seat',
    'handover_step',
    'officer_right',
    'petition_document',
    'supporter',
)
"""In the order in which they are made."""


def is_sqlite():
    return op.get_bind().dialect.name == 'sqlite'


def anew(table):
    """The table, made anew on SQLite, so that a column stands there as in a new database."""
    if not is_sqlite():
        return op.batch_alter_table(table, recreate='never')
    numbered_once = {'sqlite_autoincrement': True} if table == 'person' else {}
    return op.batch_alter_table(table, recreate='always', table_kwargs=numbered_once)


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


def flag(name):
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def words(name, length):
    return sa.Column(name, sa.String(length=length), server_default='', nullable=False)


def upgrade():
    op.create_table('block',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('blocked_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['blocked_id'], ['person.id'], name=op.f('fk_block_blocked_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_block_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_block')),
    sa.UniqueConstraint('person_id', 'blocked_id', name=op.f('uq_block_person_id_blocked_id'))
    )
    with op.batch_alter_table('block', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_block_blocked_id'), ['blocked_id'], unique=False)

    op.create_table('lead',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('given_by_id', sa.Integer(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('state', sa.Enum('sent', 'unsent', 'declined', 'wrong', name='leadstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['given_by_id'], ['person.id'], name=op.f('fk_lead_given_by_id_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_lead_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lead')),
    sa.UniqueConstraint('public_id', name=op.f('uq_lead_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_lead_token_hash'))
    )
    with op.batch_alter_table('lead', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lead_address_hash_given_at'), ['address_hash', 'given_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_lead_given_by_id'), ['given_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lead_person_id_given_at'), ['person_id', 'given_at'], unique=False)

    op.create_table('relayed_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('recipient_id', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('complaint', sa.String(length=500), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('sender_id <> recipient_id', name=op.f('ck_relayed_message_two')),
    sa.ForeignKeyConstraint(['recipient_id'], ['person.id'], name=op.f('fk_relayed_message_recipient_id_person')),
    sa.ForeignKeyConstraint(['sender_id'], ['person.id'], name=op.f('fk_relayed_message_sender_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_relayed_message')),
    sa.UniqueConstraint('public_id', name=op.f('uq_relayed_message_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_relayed_message_token_hash'))
    )
    with op.batch_alter_table('relayed_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_relayed_message_recipient_id_sent_at'), ['recipient_id', 'sent_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_relayed_message_sender_id_sent_at'), ['sender_id', 'sent_at'], unique=False)

    op.create_table('agreement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text_zh', sa.String(length=10000), nullable=False),
    sa.Column('text_en', sa.String(length=10000), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['published_by_id'], ['account.id'], name=op.f('fk_agreement_published_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement')),
    sa.UniqueConstraint('version', name=op.f('uq_agreement_version'))
    )
    op.create_table('announcement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('title_en', sa.String(length=120), nullable=False),
    sa.Column('body_zh', sa.String(length=5000), nullable=False),
    sa.Column('body_en', sa.String(length=5000), nullable=False),
    sa.Column('readers', sa.Enum('public', 'alumni', 'members', name='readers', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("chapter_id IS NOT NULL OR readers <> 'members'", name=op.f('ck_announcement_whose')),
    sa.CheckConstraint("title_zh <> '' OR title_en <> ''", name=op.f('ck_announcement_titled')),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_announcement_days')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_announcement_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['created_by_id'], ['account.id'], name=op.f('fk_announcement_created_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcement')),
    sa.UniqueConstraint('public_id', name=op.f('uq_announcement_public_id'))
    )
    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_announcement_chapter_id_ends_on'), ['chapter_id', 'ends_on'], unique=False)

    op.create_table('annual_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'accepted', name='reportstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('activities', sa.String(length=5000), nullable=False),
    sa.Column('members_cared_for', sa.String(length=5000), nullable=False),
    sa.Column('money', sa.String(length=2000), nullable=False),
    sa.Column('plans', sa.String(length=5000), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name=op.f('ck_annual_report_submitted')),
    sa.CheckConstraint('year BETWEEN 1900 AND 2200', name=op.f('ck_annual_report_year')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_annual_report_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_annual_report_decided_by_id_account')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['account.id'], name=op.f('fk_annual_report_submitted_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_annual_report')),
    sa.UniqueConstraint('chapter_id', 'year', 'revision', name=op.f('uq_annual_report_chapter_id_year_revision')),
    sa.UniqueConstraint('public_id', name=op.f('uq_annual_report_public_id'))
    )
    op.create_table('change_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.String(length=200), nullable=False),
    sa.Column('after', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'approved', 'rejected', 'withdrawn', name='changestate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['account.id'], name=op.f('fk_change_request_asked_by_id_account')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_change_request_decided_by_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_change_request_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_change_request_public_id'))
    )
    with op.batch_alter_table('change_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_request_state_id'), ['state', 'id'], unique=False)
        batch_op.create_index('uq_change_request_waiting', ['person_id', 'field', 'row_id'], unique=True, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.create_table('class_liaison',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('graduation_year', sa.Integer(), nullable=False),
    sa.Column('college_id', sa.Integer(), nullable=True),
    sa.Column('class_label', sa.String(length=40), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('college_id IS NOT NULL OR class_label IS NULL', name=op.f('ck_class_liaison_scope')),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_class_liaison_term')),
    sa.ForeignKeyConstraint(['college_id'], ['code.id'], name=op.f('fk_class_liaison_college_id_code')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['account.id'], name=op.f('fk_class_liaison_granted_by_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_class_liaison_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_liaison'))
    )
    with op.batch_alter_table('class_liaison', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_class_liaison_college_id'), ['college_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_liaison_graduation_year_college_id_class_label'), ['graduation_year', 'college_id', 'class_label'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_liaison_person_id_starts_on'), ['person_id', 'starts_on'], unique=False)

    op.create_table('former_slug',
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_former_slug_chapter_id_chapter'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('slug', name=op.f('pk_former_slug'))
    )
    with op.batch_alter_table('former_slug', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_slug_chapter_id'), ['chapter_id'], unique=False)

    op.create_table('group_picture',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_group_picture_chapter_id_chapter'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_picture')),
    sa.UniqueConstraint('chapter_id', name=op.f('uq_group_picture_chapter_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_group_picture_public_id'))
    )
    op.create_table('handover',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('state', sa.Enum('prepared', 'confirmed', 'cancelled', name='handoverstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_handover_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['account.id'], name=op.f('fk_handover_confirmed_by_id_account')),
    sa.ForeignKeyConstraint(['created_by_id'], ['account.id'], name=op.f('fk_handover_created_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sa.UniqueConstraint('public_id', name=op.f('uq_handover_public_id'))
    )
    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_chapter_id'), ['chapter_id'], unique=False)
        batch_op.create_index('uq_handover_prepared', ['chapter_id'], unique=True, sqlite_where=sa.text("state = 'prepared'"), postgresql_where=sa.text("state = 'prepared'"))

    op.create_table('petition',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=5000), nullable=False),
    sa.Column('state', sa.Enum('gathering', 'submitted', 'returned', 'approved', 'rejected', 'withdrawn', name='petitionstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('begun_by_id', sa.Integer(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(state = 'approved') = (chapter_id IS NOT NULL)", name=op.f('ck_petition_founded')),
    sa.ForeignKeyConstraint(['begun_by_id'], ['person.id'], name=op.f('fk_petition_begun_by_id_person')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_petition_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_petition_decided_by_id_account')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_petition_place_id_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_petition')),
    sa.UniqueConstraint('public_id', name=op.f('uq_petition_public_id'))
    )
    with op.batch_alter_table('petition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_petition_begun_by_id'), ['begun_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_petition_chapter_id'), ['chapter_id'], unique=False)
        batch_op.create_index('uq_petition_open', ['place_id'], unique=True, sqlite_where=sa.text("state IN ('gathering', 'submitted', 'returned')"), postgresql_where=sa.text("state IN ('gathering', 'submitted', 'returned')"))

    op.create_table('recovery_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code')),
    sa.UniqueConstraint('account_id', 'code_hash', name=op.f('uq_recovery_code_account_id_code_hash'))
    )
    op.create_table('request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=160), nullable=False),
    sa.Column('words', sa.String(length=5000), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('state', sa.Enum('open', 'answered', 'closed', name='requeststate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=5000), nullable=False),
    sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name=op.f('ck_request_settled')),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_request_language')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_request_person_id_person')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['account.id'], name=op.f('fk_request_settled_by_id_account')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['account.id'], name=op.f('fk_request_taken_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_request_public_id'))
    )
    with op.batch_alter_table('request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_request_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_state_id'), ['state', 'id'], unique=False)

    op.create_table('acceptance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('agreement_id', sa.Integer(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_acceptance_agreement_id_agreement')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_acceptance_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acceptance')),
    sa.UniqueConstraint('person_id', 'agreement_id', name=op.f('uq_acceptance_person_id_agreement_id'))
    )
    with op.batch_alter_table('acceptance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_acceptance_agreement_id'), ['agreement_id'], unique=False)

    op.create_table('handover_seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('handover_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['handover_id'], ['handover.id'], name=op.f('fk_handover_seat_handover_id_handover'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_handover_seat_person_id_person')),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_handover_seat_position_id_position')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover_seat')),
    sa.UniqueConstraint('handover_id', 'person_id', 'position_id', name=op.f('uq_handover_seat_handover_id_person_id_position_id'))
    )
    with op.batch_alter_table('handover_seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_seat_person_id'), ['person_id'], unique=False)

    op.create_table('handover_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('handover_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(length=24), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['done_by_id'], ['account.id'], name=op.f('fk_handover_step_done_by_id_account')),
    sa.ForeignKeyConstraint(['handover_id'], ['handover.id'], name=op.f('fk_handover_step_handover_id_handover'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover_step')),
    sa.UniqueConstraint('handover_id', 'step', name=op.f('uq_handover_step_handover_id_step'))
    )
    op.create_table('officer_right',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('officer_id', sa.Integer(), nullable=False),
    sa.Column('right', sa.Enum('view', 'edit', 'approve', 'events', 'letters', 'publish', 'export', 'report', name='right', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_officer_right_term')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['account.id'], name=op.f('fk_officer_right_granted_by_id_account')),
    sa.ForeignKeyConstraint(['officer_id'], ['officer.id'], name=op.f('fk_officer_right_officer_id_officer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officer_right'))
    )
    with op.batch_alter_table('officer_right', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officer_right_officer_id_right'), ['officer_id', 'right'], unique=False)

    op.create_table('petition_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petition.id'], name=op.f('fk_petition_document_petition_id_petition'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_petition_document')),
    sa.UniqueConstraint('public_id', name=op.f('uq_petition_document_public_id'))
    )
    with op.batch_alter_table('petition_document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_petition_document_petition_id'), ['petition_id'], unique=False)

    op.create_table('supporter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=True),
    sa.Column('supported_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_supporter_person_id_person')),
    sa.ForeignKeyConstraint(['petition_id'], ['petition.id'], name=op.f('fk_supporter_petition_id_petition'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_supporter_position_id_position')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supporter')),
    sa.UniqueConstraint('petition_id', 'person_id', name=op.f('uq_supporter_petition_id_person_id'))
    )
    with op.batch_alter_table('supporter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supporter_person_id'), ['person_id'], unique=False)

    upgrade_accounts()
    upgrade_chapters()
    upgrade_people()
    upgrade_roster()


def upgrade_accounts():
    with anew('account') as batch_op:
        batch_op.add_column(sa.Column('totp_secret', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('totp_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('totp_last_step', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('exports_from', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('successor_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_account_successor_id_account'), 'account', ['successor_id'], ['id'])
    replaced_check('assignment', 'ck_assignment_capability', CAPABILITIES)
    op.execute("""INSERT INTO assignment (account_id, capability, starts_on, ends_on, granted_by_id)
        SELECT account_id, 'requests.handle', starts_on, ends_on, granted_by_id FROM assignment
        WHERE capability = 'applications.decide'""")
    replaced_check('link', 'ck_link_linkpurpose', PURPOSES)
    op.create_index(op.f('ix_link_ends_at'), 'link', ['ends_at'])
    # Whoever is signed in goes on, and shows a code when one is asked for.
    added('sign_in', words('device', 80), flag('has_second_factor'))
    with anew('sign_in') as batch_op:
        batch_op.add_column(sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sign_in SET proved_at = created_at")
    with anew('sign_in') as batch_op:
        batch_op.alter_column('proved_at', existing_type=sa.DateTime(timezone=True), nullable=False)


def upgrade_chapters():
    with anew('chapter') as batch_op:
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_chapter_merged_into_id_chapter'), 'chapter', ['merged_into_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_chapter_not_in_itself'), 'parent_id <> id')
        batch_op.create_check_constraint(batch_op.f('ck_chapter_merged'), "merged_into_id IS NULL OR status = 'archived'")
    op.create_index(op.f('ix_chapter_merged_into_id'), 'chapter', ['merged_into_id'])
    with anew('chapter_membership') as batch_op:
        batch_op.add_column(sa.Column('replaces_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_chapter_membership_replaces_id_chapter_membership'),
            'chapter_membership', ['replaces_id'], ['id'], ondelete='SET NULL',
        )
    op.create_index(op.f('ix_chapter_membership_replaces_id'), 'chapter_membership', ['replaces_id'])
    added('position', flag('reaches_below'), flag('is_retired'))
    op.execute("UPDATE position SET reaches_below = true WHERE code IN ('president', 'secretary')")
    replaced_check('position_right', 'ck_position_right_right', RIGHTS)
    op.execute("""INSERT INTO position_right (position_id, "right")
        SELECT id, 'report' FROM position WHERE code IN ('president', 'secretary')""")


def upgrade_people():
    with anew('person') as batch_op:
        batch_op.add_column(sa.Column('status_before', sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column('status_since', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('lost_since', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('contact_stopped_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('takes_relay', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('relay_stopped_on', sa.Date(), nullable=True))
    for column in ('contact_stopped_on', 'lost_since'):
        given = sa.text(f'{column} IS NOT NULL')
        op.create_index(f'ix_person_{column}', 'person', [column], sqlite_where=given, postgresql_where=given)
    with anew('residence') as batch_op:
        batch_op.add_column(flag('chapter_declined'))


def upgrade_roster():
    with anew('change_seal') as batch_op:
        batch_op.add_column(words('about', 64))
    certificates = sa.text("kind = 'certificate'")
    op.create_index('ix_evidence_certificates', 'evidence', ['application_id'], sqlite_where=certificates, postgresql_where=certificates)
    with anew('invitation') as batch_op:
        batch_op.add_column(sa.Column('person_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_invitation_person_id_person'), 'person', ['person_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_invitation_personal'), 'person_id IS NULL OR chapter_id IS NOT NULL')
    op.create_index(op.f('ix_invitation_person_id'), 'invitation', ['person_id'])
    op.drop_index(op.f('ix_study_institution_certificate_number'), 'study_institution')
    op.create_index('ix_study_institution_certificate_key', 'study_institution', [sa.text(CERTIFICATE_KEY)])


def downgrade():
    """What the new tables hold is gone with them, as are second factors: there was no room."""
    op.drop_index('ix_study_institution_certificate_key', 'study_institution')
    op.create_index(op.f('ix_study_institution_certificate_number'), 'study_institution', ['certificate_number'])
    op.drop_index(op.f('ix_invitation_person_id'), 'invitation')
    with anew('invitation') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_invitation_personal'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_invitation_person_id_person'), type_='foreignkey')
        batch_op.drop_column('person_id')
    op.drop_index('ix_evidence_certificates', 'evidence')
    with anew('change_seal') as batch_op:
        batch_op.drop_column('about')

    with anew('residence') as batch_op:
        batch_op.drop_column('chapter_declined')
    for column in ('contact_stopped_on', 'lost_since'):
        op.drop_index(f'ix_person_{column}', 'person')
    with anew('person') as batch_op:
        for column in ('status_before', 'status_since', 'lost_since', 'contact_stopped_on', 'takes_relay', 'relay_stopped_on'):
            batch_op.drop_column(column)

    op.execute("""DELETE FROM position_right WHERE "right" = 'report'""")
    replaced_check('position_right', 'ck_position_right_right', RIGHTS_BEFORE)
    with anew('position') as batch_op:
        batch_op.drop_column('reaches_below')
        batch_op.drop_column('is_retired')
    op.drop_index(op.f('ix_chapter_membership_replaces_id'), 'chapter_membership')
    with anew('chapter_membership') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_chapter_membership_replaces_id_chapter_membership'), type_='foreignkey')
        batch_op.drop_column('replaces_id')
    op.drop_index(op.f('ix_chapter_merged_into_id'), 'chapter')
    with anew('chapter') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_chapter_merged'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_chapter_not_in_itself'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_chapter_merged_into_id_chapter'), type_='foreignkey')
        batch_op.drop_column('merged_into_id')

    with anew('sign_in') as batch_op:
        for column in ('device', 'has_second_factor', 'proved_at'):
            batch_op.drop_column(column)
    op.drop_index(op.f('ix_link_ends_at'), 'link')
    op.execute("DELETE FROM link WHERE purpose = 'sign_in'")
    replaced_check('link', 'ck_link_linkpurpose', PURPOSES_BEFORE)
    op.execute("DELETE FROM assignment WHERE capability = 'requests.handle'")
    replaced_check('assignment', 'ck_assignment_capability', CAPABILITIES_BEFORE)
    with anew('account') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_account_successor_id_account'), type_='foreignkey')
        for column in ('totp_secret', 'totp_since', 'totp_last_step', 'exports_from', 'successor_id'):
            batch_op.drop_column(column)

    for name in reversed(TABLES):
        op.drop_table(name)
