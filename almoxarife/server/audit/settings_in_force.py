"""The settings that the trail tells of: an entry for each that a start of the server has changed.

What they were is kept beside the trail and written in the transaction of the entry. On
PostgreSQL the views of the older registration program find the shop's zone there.
"""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.models import SettingInForce
from almoxarife.server.audit.tags import Tag
from almoxarife.server.settings import Settings

CPF_KEY = "chave-cpf.txt"
"""Beside the settings: which key the CPFs are hidden under."""
LONGEST = 90
"""Characters of a value in an entry, which has room for two."""

_DEFAULTS = Settings(data_dir=Path()).audited


class Change(NamedTuple):
    name: str
    was: str
    value: str


def list_changes(session: Session, settings: Settings) -> list[Change]:
    """What is different from what the trail last told of, or from the defaults.

    On PostgreSQL every server tells of its own: the last one that started counts.
    """
    known = _DEFAULTS | {row.name: row.value for row in session.scalars(select(SettingInForce))}
    return [Change(name, known[name], value) for name, value in settings.audited.items() if value != known[name]]


def record_changes(session: Session, settings: Settings) -> None:
    """Records ``server:setting:changed`` for each."""
    for name, was, value in list_changes(session, settings):
        session.merge(SettingInForce(name=name, value=value))
        audit.record(session, Tag.SETTING_CHANGED, subject=name, cause=f"de {_shown(was)} para {_shown(value)}")


def _shown(value: str) -> str:
    if len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    return value or "nenhum"


def find_cpf_mark(session: Session) -> str | None:
    """By what the key is known that CPFs are hidden under."""
    row = session.get(SettingInForce, CPF_KEY)
    return None if row is None else row.value


def keep_cpf_mark(session: Session, mark: str) -> None:
    """Records ``server:setting:changed`` where there was another one."""
    if find_cpf_mark(session) not in {None, mark}:
        audit.record(session, Tag.SETTING_CHANGED, subject=CPF_KEY, cause="outra chave")
    session.merge(SettingInForce(name=CPF_KEY, value=mark))
