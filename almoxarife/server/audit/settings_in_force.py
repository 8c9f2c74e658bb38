"""Records the settings that changed since the last start: an audit entry for each, with the old and new value.

The last recorded values are a table, written in the transaction of the entries. On PostgreSQL the
views of the older registration program read the shop's zone there.
"""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.models import SettingInForce
from almoxarife.server.audit.tags import Tag
from almoxarife.server.settings import Settings
from almoxarife.server.store.sessions import raw

CPF_KEY = "chave-cpf.txt"
"""A row of the same table that is no setting: the mark of the key that CPFs are hashed with."""
MAX_VALUE_LENGTH = 90
"""Characters of each of the two values in an entry."""

_DEFAULTS = Settings(data_dir=Path()).audited


class Change(NamedTuple):
    name: str
    was: str
    value: str


def list_changes(session: Session, settings: Settings) -> list[Change]:
    """The settings whose value is not the last recorded one, or the default.

    Several servers on PostgreSQL record their own settings over each other's.
    """
    stored = _DEFAULTS | dict(raw(session).execute("SELECT name, value FROM settings_in_force"))
    return [Change(name, stored[name], value) for name, value in settings.audited.items() if value != stored[name]]


def record_changes(session: Session, settings: Settings) -> None:
    """Records ``server:setting:changed`` for each."""
    for name, was, value in list_changes(session, settings):
        session.merge(SettingInForce(name=name, value=value))
        audit.record(session, Tag.SETTING_CHANGED, subject=name, cause=f"de {_shorten(was)} para {_shorten(value)}")


def _shorten(value: str) -> str:
    if len(value) > MAX_VALUE_LENGTH:
        return value[: MAX_VALUE_LENGTH - 1] + "…"
    return value or "nenhum"


def find_cpf_mark(session: Session) -> str | None:
    """The mark of the key that CPFs are hashed with (``CpfKey.mark``)."""
    rows = raw(session).execute("SELECT value FROM settings_in_force WHERE name = ?", (CPF_KEY,))
    return rows[0][0] if rows else None


def keep_cpf_mark(session: Session, mark: str) -> None:
    """Records ``server:setting:changed`` where it replaces another one."""
    if find_cpf_mark(session) not in {None, mark}:
        audit.record(session, Tag.SETTING_CHANGED, subject=CPF_KEY, cause="outra chave")
    session.merge(SettingInForce(name=CPF_KEY, value=mark))
