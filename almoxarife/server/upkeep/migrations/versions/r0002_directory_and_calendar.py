"""What other programs keep of people, erased people, the calendar, and an index for a person's day.

On PostgreSQL also the schema ``cadastro_pessoa``, as the older registration program's readers
know it: views, one row for a person, and one for a person and local day.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import UtcDateTime, WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added one by one, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("users", sa.Column("full_name", sa.String(length=200), nullable=True))
    op.add_column("users", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("users", sa.Column("age", WholeNumber, nullable=True))
    op.add_column("users", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.create_table(
        "calendar_events",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column("created_by", WholeNumber, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_calendar_events_created_by_users"),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_calendar_events_shop_id_shops"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calendar_events_starts_at_id", "calendar_events", ["starts_at", "id"], unique=False)
    # Entries about people alone: the many about movements cost nothing.
    op.create_index(
        "ix_audit_entries_subject_recorded_at",
        "audit_entries",
        ["subject", "recorded_at"],
        unique=False,
        sqlite_where=sa.text("subject LIKE 'u%'"),
        postgresql_where=sa.text("subject LIKE 'u%'"),
    )
    if dialects.is_server():
        for statement in _CADASTRO_PESSOA:
            op.execute(statement)


# A day is the shop's, whose zone a setting of the database tells here, and from revision 0003 on the server.
_LOCAL = (
    "(to_timestamp(a.recorded_at / 1000000) AT TIME ZONE"
    " coalesce(nullif(current_setting('almoxarife.fuso', true), ''), 'America/Sao_Paulo'))"
)

_EVENT = """CASE a.tag
    WHEN 'accounts:user:registered' THEN 'Novo usuário cadastrado'
    WHEN 'accounts:user:name_refused' THEN 'Usuário já cadastrado'
    WHEN 'accounts:login:failed' THEN 'Erro: Tentativa de login fracassada'
    WHEN 'accounts:login:succeeded' THEN 'Login realizado com sucesso'
    WHEN 'clients:window:closed' THEN 'Fechar janelas'
END"""

_CADASTRO_PESSOA = (
    "CREATE SCHEMA cadastro_pessoa",
    """CREATE VIEW cadastro_pessoa.tb_cadastro AS
    SELECT id AS oid_user, upper(username) AS nom_user, password_hash AS des_password,
           to_timestamp(created_at / 1000000.0) AS dat_cadastro
    FROM users WHERE erased_at IS NULL""",
    f"""CREATE VIEW cadastro_pessoa.tb_log_user AS
    SELECT md5(nom_user || to_char(day, 'YYYY-MM-DD')) AS oid_registro, user_id AS oid_usuario, nom_user,
           json_build_object('nom_user', nom_user, 'log_history', json_agg(
               json_build_object('event_timestamp', to_char(local, 'YYYY-MM-DD HH24:MI:SS'),
                                 'event', event, 'event_type', outcome) ORDER BY id)) AS des_history,
           day AS dat_event
    FROM (SELECT a.id, u.id AS user_id, upper(u.username) AS nom_user, a.outcome, {_EVENT} AS event,
                 {_LOCAL} AS local, {_LOCAL}::date AS day
          FROM audit_entries a JOIN users u ON a.subject = 'u' || u.id
          WHERE a.subject LIKE 'u%' AND u.erased_at IS NULL) AS told
    WHERE event IS NOT NULL GROUP BY user_id, nom_user, day""",  # noqa: S608  # our own pieces
)
