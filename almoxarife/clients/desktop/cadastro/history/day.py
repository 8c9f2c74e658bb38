"""Texts and rows of *Dia do usuário*, and parsing the day. No widget here."""

from collections.abc import Iterable
from datetime import date, datetime

from almoxarife.brazil import format_date, parse_date
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.wire.accounts import LoggedEventKind, LoggedInUser, Role, UserDay
from almoxarife.wire.fields import MAX_PAGE_SIZE, fold
from almoxarife.wire.times import EARLIEST_YEAR

RESULT = {
    LoggedEventKind.SUCCESS: "✓ Sucesso",
    LoggedEventKind.ERROR: "✕ Erro",
    LoggedEventKind.SYSTEM: "• Sistema",
}
_TAGS = {LoggedEventKind.ERROR: ("error",), LoggedEventKind.SYSTEM: ("system",)}
_WEEKDAY = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")


def list_names(api: ApiClient, user: LoggedInUser) -> list[str]:
    """The user names to choose from, one's own first; for a worker thread.

    Managers may not list accounts, so they are offered the people with recent movements in their shops; any
    other name can be typed.
    """
    if user.role is Role.ADMIN:
        names: Iterable[str] = (other.username for other in api.users())
    elif user.role.includes(Role.MANAGER):
        names = (movement.recorded_by for movement in api.movements(newest=MAX_PAGE_SIZE).items or [])
    else:
        names = ()
    others = {name for name in names if name != user.username}
    return [user.username, *sorted(others, key=fold)]


def read_day(text: str, today: date) -> date:
    """Parse a day. Raises ValueError with a sentence."""
    day = parse_date(text, today)
    if day > today:
        raise ValueError("Este dia ainda não chegou.")
    if day.year < EARLIEST_YEAR:
        raise ValueError("Este dia é antigo demais.")
    return day


def row_of(number: int, timestamp: str, event: str, kind: LoggedEventKind) -> Row:
    """``timestamp``: in the shop's time zone, as the server sent it."""
    return Row(str(number), (f"{datetime.fromisoformat(timestamp):%H:%M:%S}", event, RESULT[kind]), _TAGS.get(kind, ()))


def rows_of(user_day: UserDay) -> list[Row]:
    return [row_of(number, entry.timestamp, entry.event, entry.kind) for number, entry in enumerate(user_day.entries)]


def summed_up(name: str, day: date, user_day: UserDay) -> str:
    """ "ana · quinta-feira, 20/11/2026 · 5 eventos, 1 erro"."""
    count = len(user_day.entries)
    errors = sum(entry.kind is LoggedEventKind.ERROR for entry in user_day.entries)
    events = "nenhum evento" if not count else f"{count} {'evento' if count == 1 else 'eventos'}"
    wrong = f", {errors} {'erro' if errors == 1 else 'erros'}" if errors else ""
    return f"{name} · {_WEEKDAY[day.weekday()]}, {format_date(day)} · {events}{wrong}"


def file_name(name: str, day: date) -> str:
    """A file name that is valid on every system."""
    plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
    return f"dia-{plain}-{day.isoformat()}.json"
