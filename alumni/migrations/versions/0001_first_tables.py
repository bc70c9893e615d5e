"""first tables

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

SEARCH_INDEX_FOR_SQLITE = (
    """CREATE VIRTUAL TABLE person_fts USING fts5(
        tokens, content='', detail=none, columnsize=0, prefix='2 3 4 5', tokenize='ascii'
    )""",
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


def upgrade():
    op.create_table('code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('institution', 'college', 'major', name='codekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name_zh', sa.String(length=120), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_obsolete', sa.Boolean(), nullable=False),
    sa.CheckConstraint("name_zh <> ''", name=op.f('ck_code_named')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code')),
    sa.UniqueConstraint('kind', 'name_zh', name=op.f('uq_code_kind_name_zh'))
    )
    op.create_table('heartbeat',
    sa.Column('worker', sa.String(length=60), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('worker', name=op.f('pk_heartbeat'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=True),
    sa.Column('name_latin', sa.String(length=120), nullable=True),
    sa.Column('name_en', sa.String(length=120), nullable=True),
    sa.Column('pinyin_surname', sa.String(length=60), nullable=False),
    sa.Column('pinyin_given', sa.String(length=60), nullable=False),
    sa.Column('pinyin_edited', sa.Boolean(), nullable=False),
    sa.Column('sort_key', sa.String(length=220).with_variant(sa.String(length=220, collation='C'), 'postgresql'), nullable=False),
    sa.Column('sex', sa.String(length=1), nullable=True),
    sa.Column('birth_year', sa.Integer(), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('time_zone', sa.String(length=40), nullable=False),
    sa.Column('status', sa.Enum('known', 'applicant', 'verified', 'deceased', 'departed', 'merged', 'erased', name='personstatus', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('listed', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name=op.f('ck_person_merged')),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_person_language')),
    sa.CheckConstraint('birth_year BETWEEN 1880 AND 2100', name=op.f('ck_person_birth_year')),
    sa.CheckConstraint('name_zh IS NOT NULL OR name_latin IS NOT NULL OR name_en IS NOT NULL', name=op.f('ck_person_named')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['person.id'], name=op.f('fk_person_merged_into_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('public_id', name=op.f('uq_person_public_id'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_name_zh'), ['name_zh'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_sort_key_id'), ['sort_key', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_status_sort_key_id'), ['status', 'sort_key', 'id'], unique=False)

    op.create_table('place',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('kind', sa.Enum('country', 'province', 'city', name='placekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('time_zone', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['place.id'], name=op.f('fk_place_parent_id_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    sa.UniqueConstraint('code', name=op.f('uq_place_code'))
    )
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_parent_id'), ['parent_id'], unique=False)

    op.create_table('position',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name_zh', sa.String(length=40), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('order', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position')),
    sa.UniqueConstraint('code', name=op.f('uq_position_code'))
    )
    op.create_table('setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting')),
    sa.UniqueConstraint('key', name=op.f('uq_setting_key'))
    )
    op.create_table('shared_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=False),
    sa.Column('text', sa.String(length=None), nullable=False),
    sa.Column('html', sa.String(length=None), nullable=False),
    sa.Column('from_name', sa.String(length=120), nullable=False),
    sa.Column('reply_to', sa.String(length=254), nullable=True),
    sa.Column('list_id', sa.String(length=254), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shared_text')),
    sa.UniqueConstraint('key', name=op.f('uq_shared_text_key'))
    )
    op.create_table('suppression',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('scope', sa.Enum('all', 'list', name='suppressionscope', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppression')),
    sa.UniqueConstraint('email', 'scope', 'list_id', name=op.f('uq_suppression_email_scope_list_id'))
    )
    op.create_table('throttle',
    sa.Column('key', sa.String(length=300), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle'))
    )
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_throttle_ends_at'), ['ends_at'], unique=False)

    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('time_zone', sa.String(length=40), nullable=False),
    sa.Column('is_demonstration', sa.Boolean(), nullable=False),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_account_language')),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_account_lower_email')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_account_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('person_id', name=op.f('uq_account_person_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_account_public_id'))
    )
    op.create_table('chapter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('intro_zh', sa.String(length=5000), nullable=False),
    sa.Column('intro_en', sa.String(length=5000), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=True),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('time_zone', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('join_mode', sa.Enum('open', 'approval', 'invitation', name='joinmode', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('status', sa.Enum('planned', 'active', 'dormant', 'archived', name='chapterstatus', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_chapter_language')),
    sa.ForeignKeyConstraint(['parent_id'], ['chapter.id'], name=op.f('fk_chapter_parent_id_chapter')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_chapter_place_id_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chapter')),
    sa.UniqueConstraint('code', name=op.f('uq_chapter_code')),
    sa.UniqueConstraint('slug', name=op.f('uq_chapter_slug'))
    )
    with op.batch_alter_table('chapter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chapter_parent_id'), ['parent_id'], unique=False)

    op.create_table('code_alias',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('institution', 'college', 'major', name='codekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['code.id'], name=op.f('fk_code_alias_code_id_code'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_alias')),
    sa.UniqueConstraint('kind', 'name', name=op.f('uq_code_alias_kind_name'))
    )
    with op.batch_alter_table('code_alias', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_code_alias_code_id'), ['code_id'], unique=False)

    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('membership', 'mailings', 'chapter_sharing', name='consentpurpose', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index('uq_consent_given', ['person_id', 'purpose'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.create_table('contact_point',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('email', 'phone', 'wechat', 'postal', name='contactkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('value', sa.String(length=254), nullable=False),
    sa.Column('normal', sa.String(length=254), nullable=False),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contact_point_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_point')),
    sa.UniqueConstraint('person_id', 'kind', 'normal', name=op.f('uq_contact_point_person_id_kind_normal'))
    )
    with op.batch_alter_table('contact_point', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_point_kind_normal'), ['kind', 'normal'], unique=False)
        batch_op.create_index('uq_contact_point_primary', ['person_id', 'kind'], unique=True, sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))

    op.create_table('employment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('employer', sa.String(length=160), nullable=False),
    sa.Column('department', sa.String(length=120), nullable=True),
    sa.Column('title', sa.String(length=80), nullable=True),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_employment_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employment'))
    )
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employment_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_employment_current', ['person_id'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.create_table('former_name',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_former_name_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_name'))
    )
    with op.batch_alter_table('former_name', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_name_person_id'), ['person_id'], unique=False)

    op.create_table('person_search',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('tokens', sa.Text().with_variant(postgresql.TSVECTOR(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_search_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_person_search'))
    )
    if op.get_bind().dialect.name == 'postgresql':
        op.create_index('ix_person_search_tokens', 'person_search', ['tokens'], postgresql_using='gin')
    else:
        for statement in SEARCH_INDEX_FOR_SQLITE:
            op.execute(statement)
    op.create_table('place_name',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_place_name_place_id_place'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_name')),
    sa.UniqueConstraint('name', 'place_id', name=op.f('uq_place_name_name_place_id'))
    )
    with op.batch_alter_table('place_name', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_name_place_id'), ['place_id'], unique=False)

    op.create_table('position_right',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=False),
    sa.Column('right', sa.Enum('view', 'edit', 'approve', 'events', 'letters', 'publish', 'export', name='right', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_position_right_position_id_position'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position_right')),
    sa.UniqueConstraint('position_id', 'right', name=op.f('uq_position_right_position_id_right'))
    )
    op.create_table('residence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=True),
    sa.Column('written', sa.String(length=80), nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_residence_person_id_person')),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_residence_place_id_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_residence'))
    )
    with op.batch_alter_table('residence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_residence_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_residence_place_id_is_current'), ['place_id', 'is_current'], unique=False)
        batch_op.create_index('uq_residence_current', ['person_id'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.create_table('study',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('level', sa.String(length=20), nullable=True),
    sa.Column('college_id', sa.Integer(), nullable=True),
    sa.Column('major_id', sa.Integer(), nullable=True),
    sa.Column('class_label', sa.String(length=40), nullable=True),
    sa.Column('entry_year', sa.Integer(), nullable=True),
    sa.Column('graduation_year', sa.Integer(), nullable=True),
    sa.Column('graduation_month', sa.Integer(), nullable=True),
    sa.Column('supervisor', sa.String(length=80), nullable=True),
    sa.Column('visibility', sa.Enum('office', 'class', 'chapters', 'alumni', 'public', name='level', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.CheckConstraint('entry_year BETWEEN 1900 AND 2100', name=op.f('ck_study_entry_year')),
    sa.CheckConstraint('graduation_month BETWEEN 1 AND 12', name=op.f('ck_study_graduation_month')),
    sa.CheckConstraint('graduation_year >= entry_year', name=op.f('ck_study_order')),
    sa.CheckConstraint('graduation_year BETWEEN 1900 AND 2100', name=op.f('ck_study_graduation_year')),
    sa.ForeignKeyConstraint(['college_id'], ['code.id'], name=op.f('fk_study_college_id_code')),
    sa.ForeignKeyConstraint(['major_id'], ['code.id'], name=op.f('fk_study_major_id_code')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_study_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_study'))
    )
    with op.batch_alter_table('study', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_study_college_id'), ['college_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_study_graduation_year_college_id_class_label'), ['graduation_year', 'college_id', 'class_label'], unique=False)
        batch_op.create_index(batch_op.f('ix_study_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_study_primary', ['person_id'], unique=True, sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))

    op.create_table('application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('student_number', sa.String(length=40), nullable=True),
    sa.Column('graduation_year', sa.Integer(), nullable=True),
    sa.Column('college_id', sa.Integer(), nullable=True),
    sa.Column('city', sa.String(length=80), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('notice_version', sa.String(length=20), nullable=False),
    sa.Column('agrees_to_mailings', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Enum('unconfirmed', 'waiting', 'approved', 'rejected', name='applicationstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_application_language')),
    sa.CheckConstraint('student_number IS NOT NULL OR graduation_year IS NOT NULL', name=op.f('ck_application_known_by')),
    sa.ForeignKeyConstraint(['college_id'], ['code.id'], name=op.f('fk_application_college_id_code')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_application_decided_by_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_application_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application')),
    sa.UniqueConstraint('public_id', name=op.f('uq_application_public_id'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_state_id'), ['state', 'id'], unique=False)
        batch_op.create_index('uq_application_open', ['email'], unique=True, sqlite_where=sa.text("state IN ('unconfirmed', 'waiting')"), postgresql_where=sa.text("state IN ('unconfirmed', 'waiting')"))

    op.create_table('assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('capability', sa.Enum('people.view', 'people.edit', 'people.export', 'roster.import', 'applications.decide', 'chapters.manage', 'events.manage', 'mailings.manage', 'letters.view', 'audit.view', 'accounts.manage', 'settings.manage', name='capability', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_assignment_term')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_assignment_account_id_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['granted_by_id'], ['account.id'], name=op.f('fk_assignment_granted_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment'))
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_account_id_capability'), ['account_id', 'capability'], unique=False)

    op.create_table('chapter_membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'active', 'left', 'rejected', name='membershipstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('message', sa.String(length=500), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_chapter_membership_spell')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_chapter_membership_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['account.id'], name=op.f('fk_chapter_membership_decided_by_id_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_chapter_membership_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chapter_membership'))
    )
    with op.batch_alter_table('chapter_membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chapter_membership_chapter_id_state_person_id'), ['chapter_id', 'state', 'person_id'], unique=False)
        batch_op.create_index('uq_chapter_membership_current', ['person_id', 'chapter_id'], unique=True, sqlite_where=sa.text("state IN ('pending', 'active')"), postgresql_where=sa.text("state IN ('pending', 'active')"))
        batch_op.create_index('uq_chapter_membership_primary', ['person_id'], unique=True, sqlite_where=sa.text("is_primary AND state = 'active'"), postgresql_where=sa.text("is_primary AND state = 'active'"))

    op.create_table('chapter_place',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_chapter_place_chapter_id_chapter'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], name=op.f('fk_chapter_place_place_id_place'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place_id', name=op.f('pk_chapter_place'))
    )
    with op.batch_alter_table('chapter_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chapter_place_chapter_id'), ['chapter_id'], unique=False)

    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.Column('title_zh', sa.String(length=120), nullable=False),
    sa.Column('title_en', sa.String(length=160), nullable=False),
    sa.Column('body_zh', sa.String(length=20000), nullable=False),
    sa.Column('body_en', sa.String(length=20000), nullable=False),
    sa.Column('venue_zh', sa.String(length=200), nullable=False),
    sa.Column('venue_en', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('time_zone', sa.String(length=40), nullable=False),
    sa.Column('starts_local', sa.DateTime(), nullable=False),
    sa.Column('ends_local', sa.DateTime(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('zone_data', sa.String(length=20), nullable=False),
    sa.Column('status', sa.Enum('draft', 'in_review', 'published', 'cancelled', name='eventstatus', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('review_note', sa.String(length=1000), nullable=False),
    sa.Column('visibility', sa.Enum('public', 'members', 'chapter', name='visibility', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('registration_closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancel_closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('wait_count', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("title_zh <> '' OR title_en <> ''", name=op.f('ck_event_titled')),
    sa.CheckConstraint("visibility <> 'chapter' OR chapter_id IS NOT NULL", name=op.f('ck_event_scope')),
    sa.CheckConstraint('capacity IS NULL OR capacity >= 0', name=op.f('ck_event_capacity')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_event_order')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_event_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['created_by_id'], ['account.id'], name=op.f('fk_event_created_by_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event')),
    sa.UniqueConstraint('public_id', name=op.f('uq_event_public_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_event_slug'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_chapter_id_starts_at'), ['chapter_id', 'starts_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_status_starts_at'), ['status', 'starts_at'], unique=False)

    op.create_table('import_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('staged', 'waiting', 'applying', 'applied', 'discarded', 'failed', name='batchstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('updated', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('possible', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.Column('applied_rows', sa.Integer(), nullable=False),
    sa.Column('accept_good', sa.Boolean(), nullable=False),
    sa.Column('problem', sa.String(length=500), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_import_batch_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batch')),
    sa.UniqueConstraint('public_id', name=op.f('uq_import_batch_public_id'))
    )
    op.create_table('mail_list',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_mail_list_chapter_id_chapter')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_list')),
    sa.UniqueConstraint('chapter_id', name=op.f('uq_mail_list_chapter_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_mail_list_slug'))
    )
    op.create_table('officer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('chapter_id', sa.Integer(), nullable=False),
    sa.Column('position_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_officer_term')),
    sa.ForeignKeyConstraint(['chapter_id'], ['chapter.id'], name=op.f('fk_officer_chapter_id_chapter')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_officer_person_id_person')),
    sa.ForeignKeyConstraint(['position_id'], ['position.id'], name=op.f('fk_officer_position_id_position')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officer'))
    )
    with op.batch_alter_table('officer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officer_chapter_id_starts_on'), ['chapter_id', 'starts_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_officer_person_id_starts_on'), ['person_id', 'starts_on'], unique=False)

    op.create_table('sign_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_sign_in_account_id_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_ends_at'), ['ends_at'], unique=False)

    op.create_table('study_institution',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('study_id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('student_number', sa.String(length=40), nullable=True),
    sa.Column('certificate_number', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['institution_id'], ['code.id'], name=op.f('fk_study_institution_institution_id_code')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_study_institution_person_id_person')),
    sa.ForeignKeyConstraint(['study_id'], ['study.id'], name=op.f('fk_study_institution_study_id_study')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_study_institution')),
    sa.UniqueConstraint('institution_id', 'student_number', name=op.f('uq_study_institution_institution_id_student_number')),
    sa.UniqueConstraint('study_id', 'institution_id', name=op.f('uq_study_institution_study_id_institution_id'))
    )
    with op.batch_alter_table('study_institution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_study_institution_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_study_institution_student_number'), ['student_number'], unique=False)

    op.create_table('change_set',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('verb', sa.String(length=40), nullable=False),
    sa.Column('subject_table', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(length=1000), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_change_set_account_id_account')),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_change_set_batch_id_import_batch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_set')),
    sa.UniqueConstraint('public_id', name=op.f('uq_change_set_public_id'))
    )
    with op.batch_alter_table('change_set', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_set_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_set_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_set_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_set_subject_table_subject_id_id'), ['subject_table', 'subject_id', 'id'], unique=False)

    op.create_table('import_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Enum('new', 'updated', 'unchanged', 'possible', 'error', name='verdict', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('is_applied', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_row_batch_id_import_batch'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_import_row_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    sa.UniqueConstraint('batch_id', 'line', name=op.f('uq_import_row_batch_id_line'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_row_batch_id_verdict_line'), ['batch_id', 'verdict', 'line'], unique=False)

    op.create_table('link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('confirm_application', 'set_password', name='linkpurpose', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('application_id', sa.Integer(), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_link_account_id_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_link_application_id_application'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_link_token_hash'))
    )
    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_link_account_id_purpose'), ['account_id', 'purpose'], unique=False)
        batch_op.create_index(batch_op.f('ix_link_application_id'), ['application_id'], unique=False)

    op.create_table('mailing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('mail_list_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.Enum('draft', 'submitted', 'rejected', 'preparing', 'sending', 'sent', 'cancelled', name='mailingstatus', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('approved_hash', sa.String(length=64), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('reply_to', sa.String(length=254), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by_id'], ['account.id'], name=op.f('fk_mailing_approved_by_id_account')),
    sa.ForeignKeyConstraint(['author_id'], ['account.id'], name=op.f('fk_mailing_author_id_account')),
    sa.ForeignKeyConstraint(['mail_list_id'], ['mail_list.id'], name=op.f('fk_mailing_mail_list_id_mail_list')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailing')),
    sa.UniqueConstraint('public_id', name=op.f('uq_mailing_public_id'))
    )
    with op.batch_alter_table('mailing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mailing_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mailing_mail_list_id_id'), ['mail_list_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mailing_status_id'), ['status', 'id'], unique=False)

    op.create_table('match',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Enum('exact', 'possible', name='matchverdict', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_match_application_id_application'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_match_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match')),
    sa.UniqueConstraint('application_id', 'person_id', name=op.f('uq_match_application_id_person_id'))
    )
    with op.batch_alter_table('match', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_person_id'), ['person_id'], unique=False)

    op.create_table('registration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=22), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'confirmed', 'cancelled', name='registrationstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('wait_number', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'waiting' OR wait_number IS NOT NULL", name=op.f('ck_registration_in_queue')),
    sa.CheckConstraint('seats >= 1', name=op.f('ck_registration_seats')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_registration_event_id_event')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_registration_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration')),
    sa.UniqueConstraint('public_id', name=op.f('uq_registration_public_id'))
    )
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_event_id_state'), ['event_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_registration_person_id_state'), ['person_id', 'state'], unique=False)
        batch_op.create_index('uq_registration_active', ['event_id', 'person_id'], unique=True, sqlite_where=sa.text("state IN ('waiting', 'confirmed')"), postgresql_where=sa.text("state IN ('waiting', 'confirmed')"))
        batch_op.create_index('uq_registration_wait_number', ['event_id', 'wait_number'], unique=True, sqlite_where=sa.text('wait_number IS NOT NULL'), postgresql_where=sa.text('wait_number IS NOT NULL'))

    op.create_table('roster_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('institution_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('sex', sa.String(length=1), nullable=True),
    sa.Column('entry_year', sa.Integer(), nullable=True),
    sa.Column('graduation_year', sa.Integer(), nullable=True),
    sa.Column('graduation_month', sa.Integer(), nullable=True),
    sa.Column('college', sa.String(length=120), nullable=True),
    sa.Column('major', sa.String(length=120), nullable=True),
    sa.Column('level', sa.String(length=20), nullable=True),
    sa.Column('class_label', sa.String(length=40), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_roster_entry_batch_id_import_batch')),
    sa.ForeignKeyConstraint(['institution_id'], ['code.id'], name=op.f('fk_roster_entry_institution_id_code')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_roster_entry_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_entry')),
    sa.UniqueConstraint('institution_id', 'number', name=op.f('uq_roster_entry_institution_id_number'))
    )
    with op.batch_alter_table('roster_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_entry_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_roster_entry_name_zh_graduation_year'), ['name_zh', 'graduation_year'], unique=False)
        batch_op.create_index(batch_op.f('ix_roster_entry_person_id'), ['person_id'], unique=False)

    op.create_table('subscription',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mail_list_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.Enum('subscribed', 'unsubscribed', name='choice', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['mail_list_id'], ['mail_list.id'], name=op.f('fk_subscription_mail_list_id_mail_list'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_subscription_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription')),
    sa.UniqueConstraint('mail_list_id', 'person_id', name=op.f('uq_subscription_mail_list_id_person_id'))
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_person_id'), ['person_id'], unique=False)

    op.create_table('change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('change_set_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=True),
    sa.Column('after', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['change_set_id'], ['change_set.id'], name=op.f('fk_change_change_set_id_change_set')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_change_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change'))
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_change_set_id'), ['change_set_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_table_name_row_id_id'), ['table_name', 'row_id', 'id'], unique=False)

    op.create_table('delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=26), nullable=False),
    sa.Column('deed', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('mailing_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('subject', sa.String(length=300), nullable=True),
    sa.Column('text', sa.String(length=None), nullable=True),
    sa.Column('html', sa.String(length=None), nullable=True),
    sa.Column('calendar', sa.String(length=None), nullable=True),
    sa.Column('reply_to', sa.String(length=254), nullable=True),
    sa.Column('shared_text_id', sa.Integer(), nullable=True),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('held', 'queued', 'sending', 'data', 'sent', 'uncertain', 'deferred', 'failed', 'skipped', 'bounced', 'complained', name='deliverystate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('worker', sa.String(length=60), nullable=True),
    sa.Column('smtp_code', sa.Integer(), nullable=True),
    sa.Column('queue_id', sa.String(length=120), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_delivery_language')),
    sa.CheckConstraint('(text IS NULL) <> (shared_text_id IS NULL)', name=op.f('ck_delivery_one_text')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_delivery_mailing_id_mailing')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_delivery_person_id_person')),
    sa.ForeignKeyConstraint(['shared_text_id'], ['shared_text.id'], name=op.f('fk_delivery_shared_text_id_shared_text')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('deed', name=op.f('uq_delivery_deed')),
    sa.UniqueConstraint('mailing_id', 'person_id', name=op.f('uq_delivery_mailing_id_person_id')),
    sa.UniqueConstraint('token', name=op.f('uq_delivery_token'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_due', ['priority', 'not_before', 'id'], unique=False, sqlite_where=sa.text("state IN ('queued', 'deferred')"), postgresql_where=sa.text("state IN ('queued', 'deferred')"))
        batch_op.create_index(batch_op.f('ix_delivery_email'), ['email'], unique=False)
        batch_op.create_index('ix_delivery_leased', ['lease_until'], unique=False, sqlite_where=sa.text("state IN ('sending', 'data')"), postgresql_where=sa.text("state IN ('sending', 'data')"))
        batch_op.create_index(batch_op.f('ix_delivery_mailing_id_state'), ['mailing_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_delivery_mailing_email', ['mailing_id', 'email'], unique=True, sqlite_where=sa.text("state <> 'skipped'"), postgresql_where=sa.text("state <> 'skipped'"))

    op.create_table('mailing_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mailing_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.Enum('submitted', 'approved', 'rejected', 'withdrawn', name='reviewaction', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_mailing_review_account_id_account')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_mailing_review_mailing_id_mailing'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailing_review'))
    )
    with op.batch_alter_table('mailing_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mailing_review_mailing_id'), ['mailing_id'], unique=False)

    op.create_table('mailing_variant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mailing_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=50000), nullable=False),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_mailing_variant_language')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_mailing_variant_mailing_id_mailing'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailing_variant')),
    sa.UniqueConstraint('mailing_id', 'language', name=op.f('uq_mailing_variant_mailing_id_language'))
    )


def downgrade():
    op.drop_table('mailing_variant')
    with op.batch_alter_table('mailing_review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mailing_review_mailing_id'))

    op.drop_table('mailing_review')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('uq_delivery_mailing_email', sqlite_where=sa.text("state <> 'skipped'"), postgresql_where=sa.text("state <> 'skipped'"))
        batch_op.drop_index(batch_op.f('ix_delivery_person_id'))
        batch_op.drop_index(batch_op.f('ix_delivery_mailing_id_state'))
        batch_op.drop_index('ix_delivery_leased', sqlite_where=sa.text("state IN ('sending', 'data')"), postgresql_where=sa.text("state IN ('sending', 'data')"))
        batch_op.drop_index(batch_op.f('ix_delivery_email'))
        batch_op.drop_index('ix_delivery_due', sqlite_where=sa.text("state IN ('queued', 'deferred')"), postgresql_where=sa.text("state IN ('queued', 'deferred')"))

    op.drop_table('delivery')
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_change_table_name_row_id_id'))
        batch_op.drop_index(batch_op.f('ix_change_person_id'))
        batch_op.drop_index(batch_op.f('ix_change_change_set_id'))

    op.drop_table('change')
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscription_person_id'))

    op.drop_table('subscription')
    with op.batch_alter_table('roster_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_entry_person_id'))
        batch_op.drop_index(batch_op.f('ix_roster_entry_name_zh_graduation_year'))
        batch_op.drop_index(batch_op.f('ix_roster_entry_batch_id'))

    op.drop_table('roster_entry')
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_index('uq_registration_wait_number', sqlite_where=sa.text('wait_number IS NOT NULL'), postgresql_where=sa.text('wait_number IS NOT NULL'))
        batch_op.drop_index('uq_registration_active', sqlite_where=sa.text("state IN ('waiting', 'confirmed')"), postgresql_where=sa.text("state IN ('waiting', 'confirmed')"))
        batch_op.drop_index(batch_op.f('ix_registration_person_id_state'))
        batch_op.drop_index(batch_op.f('ix_registration_event_id_state'))

    op.drop_table('registration')
    with op.batch_alter_table('match', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_match_person_id'))

    op.drop_table('match')
    with op.batch_alter_table('mailing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mailing_status_id'))
        batch_op.drop_index(batch_op.f('ix_mailing_mail_list_id_id'))
        batch_op.drop_index(batch_op.f('ix_mailing_author_id'))

    op.drop_table('mailing')
    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_link_application_id'))
        batch_op.drop_index(batch_op.f('ix_link_account_id_purpose'))

    op.drop_table('link')
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_row_batch_id_verdict_line'))

    op.drop_table('import_row')
    with op.batch_alter_table('change_set', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_change_set_subject_table_subject_id_id'))
        batch_op.drop_index(batch_op.f('ix_change_set_batch_id'))
        batch_op.drop_index(batch_op.f('ix_change_set_at'))
        batch_op.drop_index(batch_op.f('ix_change_set_account_id'))

    op.drop_table('change_set')
    with op.batch_alter_table('study_institution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_study_institution_student_number'))
        batch_op.drop_index(batch_op.f('ix_study_institution_person_id'))

    op.drop_table('study_institution')
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_ends_at'))
        batch_op.drop_index(batch_op.f('ix_sign_in_account_id'))

    op.drop_table('sign_in')
    with op.batch_alter_table('officer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_officer_person_id_starts_on'))
        batch_op.drop_index(batch_op.f('ix_officer_chapter_id_starts_on'))

    op.drop_table('officer')
    op.drop_table('mail_list')
    op.drop_table('import_batch')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_status_starts_at'))
        batch_op.drop_index(batch_op.f('ix_event_chapter_id_starts_at'))

    op.drop_table('event')
    with op.batch_alter_table('chapter_place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chapter_place_chapter_id'))

    op.drop_table('chapter_place')
    with op.batch_alter_table('chapter_membership', schema=None) as batch_op:
        batch_op.drop_index('uq_chapter_membership_primary', sqlite_where=sa.text("is_primary AND state = 'active'"), postgresql_where=sa.text("is_primary AND state = 'active'"))
        batch_op.drop_index('uq_chapter_membership_current', sqlite_where=sa.text("state IN ('pending', 'active')"), postgresql_where=sa.text("state IN ('pending', 'active')"))
        batch_op.drop_index(batch_op.f('ix_chapter_membership_chapter_id_state_person_id'))

    op.drop_table('chapter_membership')
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assignment_account_id_capability'))

    op.drop_table('assignment')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('uq_application_open', sqlite_where=sa.text("state IN ('unconfirmed', 'waiting')"), postgresql_where=sa.text("state IN ('unconfirmed', 'waiting')"))
        batch_op.drop_index(batch_op.f('ix_application_state_id'))

    op.drop_table('application')
    with op.batch_alter_table('study', schema=None) as batch_op:
        batch_op.drop_index('uq_study_primary', sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))
        batch_op.drop_index(batch_op.f('ix_study_person_id'))
        batch_op.drop_index(batch_op.f('ix_study_graduation_year_college_id_class_label'))
        batch_op.drop_index(batch_op.f('ix_study_college_id'))

    op.drop_table('study')
    with op.batch_alter_table('residence', schema=None) as batch_op:
        batch_op.drop_index('uq_residence_current', sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))
        batch_op.drop_index(batch_op.f('ix_residence_place_id_is_current'))
        batch_op.drop_index(batch_op.f('ix_residence_person_id'))

    op.drop_table('residence')
    op.drop_table('position_right')
    with op.batch_alter_table('place_name', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_place_name_place_id'))

    op.drop_table('place_name')
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE person_fts')
    op.drop_table('person_search')
    with op.batch_alter_table('former_name', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_former_name_person_id'))

    op.drop_table('former_name')
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.drop_index('uq_employment_current', sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))
        batch_op.drop_index(batch_op.f('ix_employment_person_id'))

    op.drop_table('employment')
    with op.batch_alter_table('contact_point', schema=None) as batch_op:
        batch_op.drop_index('uq_contact_point_primary', sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))
        batch_op.drop_index(batch_op.f('ix_contact_point_kind_normal'))

    op.drop_table('contact_point')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index('uq_consent_given', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.drop_table('consent')
    with op.batch_alter_table('code_alias', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_code_alias_code_id'))

    op.drop_table('code_alias')
    with op.batch_alter_table('chapter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chapter_parent_id'))

    op.drop_table('chapter')
    op.drop_table('account')
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_throttle_ends_at'))

    op.drop_table('throttle')
    op.drop_table('suppression')
    op.drop_table('shared_text')
    op.drop_table('setting')
    op.drop_table('position')
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_place_parent_id'))

    op.drop_table('place')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_status_sort_key_id'))
        batch_op.drop_index(batch_op.f('ix_person_sort_key_id'))
        batch_op.drop_index(batch_op.f('ix_person_name_zh'))

    op.drop_table('person')
    op.drop_table('heartbeat')
    op.drop_table('code')
