"""Alembic's entry point: runs the revisions on the connection that ``migrations.alembic_on`` opened.

``metadata`` is given only when a new revision is drafted from the models.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
