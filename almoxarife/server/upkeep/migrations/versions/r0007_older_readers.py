"""The names of people in capitals, and the views of ``cadastro_pessoa`` with the types that their readers expect.

Texts for ids and for the history, times without zone. The program makes the capitals: a
database whose locale is C leaves "joão" as "JOãO", and then no sum over the name is right.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.upkeep.migrations import dialects

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    op.add_column("users", sa.Column("username_upper", sa.String(length=180), nullable=True))
    users = sa.table("users", sa.column("id"), sa.column("username"), sa.column("username_upper"))
    connection = op.get_bind()
    for number, username in connection.execute(sa.select(users.c.id, users.c.username)).all():
        named = users.update().where(users.c.id == number).values(username_upper=username.upper())
        connection.execute(named)
    if dialects.is_server():
        for statement in _VIEWS:
            op.execute(statement)


_ZONE = "coalesce((SELECT value FROM settings_in_force WHERE name = 'ALMOXARIFE_TIMEZONE'), 'America/Sao_Paulo')"
_LOCAL = f"(to_timestamp(a.recorded_at / 1000000) AT TIME ZONE {_ZONE})"
_NAME = "coalesce(u.username_upper, upper(u.username))"

_EVENT = """CASE a.tag
    WHEN 'accounts:user:registered' THEN 'Novo usuário cadastrado'
    WHEN 'accounts:user:name_refused' THEN 'Usuário já cadastrado'
    WHEN 'accounts:login:failed' THEN 'Erro: Tentativa de login fracassada'
    WHEN 'accounts:login:succeeded' THEN 'Login realizado com sucesso'
    WHEN 'clients:window:closed' THEN 'Fechar janelas'
END"""

# As json.dumps writes it, with a space after each colon and comma: readers look for parts of it with LIKE.
_HISTORY = """'{"nom_user": ' || to_json(nom_user) || ', "log_history": [' || string_agg(
        '{"event_timestamp": "' || to_char(local, 'YYYY-MM-DD HH24:MI:SS') || '", "event": ' || to_json(event)
        || ', "event_type": ' || to_json(outcome) || '}', ', ' ORDER BY id) || ']}'"""

_VIEWS = (
    "DROP VIEW cadastro_pessoa.tb_log_user, cadastro_pessoa.tb_cadastro",
    f"""CREATE VIEW cadastro_pessoa.tb_cadastro AS
    SELECT md5({_NAME}) AS oid_user, {_NAME} AS nom_user, u.password_hash AS des_password,
           to_timestamp(u.created_at / 1000000.0) AT TIME ZONE {_ZONE} AS dat_cadastro
    FROM users u WHERE u.erased_at IS NULL""",  # noqa: S608  # our own pieces
    f"""CREATE VIEW cadastro_pessoa.tb_log_user AS
    SELECT md5(nom_user || to_char(day, 'YYYY-MM-DD')) AS oid_registro, md5(nom_user) AS oid_usuario, nom_user,
           {_HISTORY} AS des_history, day AS dat_event
    FROM (SELECT a.id, u.id AS user_id, {_NAME} AS nom_user, a.outcome, {_EVENT} AS event,
                 {_LOCAL} AS local, {_LOCAL}::date AS day
          FROM audit_entries a JOIN users u ON a.subject = 'u' || u.id
          WHERE a.subject LIKE 'u%' AND u.erased_at IS NULL) AS told
    WHERE event IS NOT NULL GROUP BY user_id, nom_user, day""",  # noqa: S608
)
