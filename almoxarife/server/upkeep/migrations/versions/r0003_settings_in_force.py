"""The settings that the trail last told of; on PostgreSQL ``tb_log_user`` has the days of the zone among them."""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.upkeep.migrations import dialects

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "settings_in_force",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings_in_force"),
    )
    if dialects.is_server():
        op.execute(_TB_LOG_USER)


_LOCAL = (
    "(to_timestamp(a.recorded_at / 1000000) AT TIME ZONE coalesce("
    "(SELECT value FROM settings_in_force WHERE name = 'ALMOXARIFE_TIMEZONE'), 'America/Sao_Paulo'))"
)

_EVENT = """CASE a.tag
    WHEN 'accounts:user:registered' THEN 'Novo usuário cadastrado'
    WHEN 'accounts:user:name_refused' THEN 'Usuário já cadastrado'
    WHEN 'accounts:login:failed' THEN 'Erro: Tentativa de login fracassada'
    WHEN 'accounts:login:succeeded' THEN 'Login realizado com sucesso'
    WHEN 'clients:window:closed' THEN 'Fechar janelas'
END"""

_TB_LOG_USER = f"""CREATE OR REPLACE VIEW cadastro_pessoa.tb_log_user AS
    SELECT md5(nom_user || to_char(day, 'YYYY-MM-DD')) AS oid_registro, user_id AS oid_usuario, nom_user,
           json_build_object('nom_user', nom_user, 'log_history', json_agg(
               json_build_object('event_timestamp', to_char(local, 'YYYY-MM-DD HH24:MI:SS'),
                                 'event', event, 'event_type', outcome) ORDER BY id)) AS des_history,
           day AS dat_event
    FROM (SELECT a.id, u.id AS user_id, upper(u.username) AS nom_user, a.outcome, {_EVENT} AS event,
                 {_LOCAL} AS local, {_LOCAL}::date AS day
          FROM audit_entries a JOIN users u ON a.subject = 'u' || u.id
          WHERE a.subject LIKE 'u%' AND u.erased_at IS NULL) AS told
    WHERE event IS NOT NULL GROUP BY user_id, nom_user, day"""  # noqa: S608  # our own pieces
