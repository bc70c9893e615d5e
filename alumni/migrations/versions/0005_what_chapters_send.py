"""what chapters send: proposed imports, wishes to join, invitations declined, missing studies; a logo,
and liaisons of one subject

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def anew(table):
    """The table, made anew on SQLite, so that a column stands there as in a new database."""
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    return op.batch_alter_table(table, recreate='always' if is_sqlite else 'never')


def added(table, *columns):
    """Add columns that may not be empty. What the rows there are have in them is no default."""
    with anew(table) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with anew(table) as batch_op:
        for column in columns:
            batch_op.alter_column(column.name, existing_type=column.type, server_default=None)


def flag(name):
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


SCOPE_BEFORE = 'college_id IS NOT NULL OR class_label IS NULL'
SCOPE = 'college_id IS NOT NULL OR (class_label IS NULL AND major_id IS NULL)'


def upgrade():
    op.create_table(
        'logo',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('public_id', sa.String(length=22), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_logo')),
        sa.UniqueConstraint('public_id', name=op.f('uq_logo_public_id')),
    )
    added('application', flag('chapter_is_wished'))
    # Of others it is not known whether they chose the chapter, or it is that of their city.
    op.execute("""UPDATE application SET chapter_is_wished = true WHERE EXISTS (
        SELECT 1 FROM invitation WHERE invitation.id = application.invitation_id
        AND invitation.chapter_id = application.chapter_id)""")
    added('change_request', sa.Column('study', sa.JSON(), server_default='{}', nullable=False))
    added('import_row', flag('is_unreadable'))
    with anew('invitation') as batch_op:
        batch_op.add_column(sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True))
    with anew('import_batch') as batch_op:
        batch_op.add_column(sa.Column('proposal', sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column('chapter_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('proposed_by_id', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f('ck_import_batch_proposal'),
            "proposal IN ('waiting', 'taken', 'sent_back', 'withdrawn')",
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_import_batch_chapter_id_chapter'), 'chapter', ['chapter_id'], ['id']
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_import_batch_proposed_by_id_account'), 'account', ['proposed_by_id'], ['id']
        )
    answer = sa.Column('answer', sa.String(length=1000), server_default='', nullable=False)
    added('import_batch', answer)
    with anew('class_liaison') as batch_op:
        batch_op.add_column(sa.Column('major_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_class_liaison_major_id_code'), 'code', ['major_id'], ['id']
        )
        batch_op.drop_constraint(batch_op.f('ck_class_liaison_scope'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_class_liaison_scope'), SCOPE)
    op.create_index(op.f('ix_class_liaison_major_id'), 'class_liaison', ['major_id'])
    forget_samples()
    op.create_index(op.f('ix_import_batch_chapter_id'), 'import_batch', ['chapter_id'])
    op.create_index(op.f('ix_import_batch_proposal'), 'import_batch', ['proposal'])


def forget_samples():
    """Values out of files that are not kept any more are not kept either."""
    batch = sa.table('import_batch', sa.column('id', sa.Integer), sa.column('looked', sa.JSON))
    chunk = sa.table('import_chunk', sa.column('batch_id', sa.Integer))
    done = sa.select(batch.c.id, batch.c.looked).where(batch.c.id.not_in(sa.select(chunk.c.batch_id)))
    for number, looked in op.get_bind().execute(done).all():
        if looked.get('columns'):
            columns = [{**column, 'samples': []} for column in looked['columns']]
            emptied = batch.update().where(batch.c.id == number)
            op.execute(emptied.values(looked={**looked, 'columns': columns}))


def downgrade():
    op.drop_index(op.f('ix_class_liaison_major_id'), 'class_liaison')
    with anew('class_liaison') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_class_liaison_scope'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_class_liaison_major_id_code'), type_='foreignkey')
        batch_op.create_check_constraint(batch_op.f('ck_class_liaison_scope'), SCOPE_BEFORE)
        batch_op.drop_column('major_id')
    op.drop_index(op.f('ix_import_batch_proposal'), 'import_batch')
    op.drop_index(op.f('ix_import_batch_chapter_id'), 'import_batch')
    with anew('import_batch') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_import_batch_proposed_by_id_account'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_import_batch_chapter_id_chapter'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_import_batch_proposal'), type_='check')
        for column in ('answer', 'proposed_by_id', 'chapter_id', 'proposal'):
            batch_op.drop_column(column)
    for table, column in (
        ('invitation', 'declined_at'),
        ('import_row', 'is_unreadable'),
        ('change_request', 'study'),
        ('application', 'chapter_is_wished'),
    ):
        with anew(table) as batch_op:
            batch_op.drop_column(column)
    op.drop_table('logo')
