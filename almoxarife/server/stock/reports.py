"""Reads movements: pages in either direction, and the summary of a day."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from sqlalchemy.orm import Session

from almoxarife.server.clock import start_of
from almoxarife.server.stock.models import SELECT_ROWS, MovementRow
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.server.store.sessions import raw, read_pages, read_with_retry
from almoxarife.wire.fields import SCALE
from almoxarife.wire.stock import KindTotal, MovementKind, Summary

NEWEST = 2**62
"""Larger than any ``seq``."""
SHORT = timedelta(days=32)
"""The movements of a shorter span are found by its times; of a longer one, page by page along the ledger."""

_FIND_PERSON = (
    "SELECT id FROM users WHERE username_folded = ? OR (username = ? AND erased_at IS NOT NULL)"
    " ORDER BY erased_at IS NULL LIMIT 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which movements to list. ``since`` and ``before`` are compared with the time of recording."""

    shop_ids: tuple[int, ...] | None
    """None: every shop."""
    kind: MovementKind | None = None
    product_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    recorded_by: str | None = None
    """The user name, in any case; of an erased person as movements show it."""
    along_the_ledger: bool = False
    """Whether pages are read by ``seq`` although the span is short: where all of them are, from its first row on."""

    @property
    def _is_short(self) -> bool:
        if self.along_the_ledger:
            return False
        return self.since is not None and (self.before or datetime.now(UTC)) - self.since < SHORT

    @property
    def order(self) -> str:
        """What pages are ordered by: ``seq``, written so that the index on it is used only where that is quicker.

        PostgreSQL would look for a day from the ledger's first row on.
        """
        return "m.seq + 0" if self._is_short else "m.seq"

    @property
    def is_whole(self) -> bool:
        """Whether it lists all movements of its shops."""
        return self == Filter(shop_ids=self.shop_ids)

    def sql(self, *, for_page: bool = False) -> tuple[str, list[object]]:
        conditions = ["true"]
        if self.shop_ids is not None:
            conditions.append(f"m.shop_id IN ({','.join(map(str, self.shop_ids)) or 'NULL'})")
        parameters: list[object] = []
        # Each page of a long span would sort all that is left of it if it were found by its times.
        # IS TRUE takes an index away but leaves PostgreSQL its estimate, and so the order of the ledger.
        uses_seq = for_page and not self._is_short and self.product_id is None
        is_so = " IS TRUE" if uses_seq else ""
        for condition, value in (
            ("m.kind = ?", self.kind and self.kind.value),
            ("m.product_id = ?", self.product_id),
            (f"(m.recorded_at >= ?){is_so}", self.since and to_micros(self.since)),
            (f"(m.recorded_at < ?){is_so}", self.before and to_micros(self.before)),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        if self.recorded_by is not None:
            conditions.append(f"m.recorded_by = ({_FIND_PERSON})")
            parameters += (self.recorded_by.casefold(), self.recorded_by)
        return " AND ".join(conditions), parameters


def list_after(session: Session, chosen: Filter, *, after: int, limit: int) -> list[MovementRow]:
    """Movements with a larger ``seq``, oldest first."""
    where, parameters = chosen.sql(for_page=True)
    sql = f"{SELECT_ROWS} WHERE m.seq > ? AND {where} ORDER BY {chosen.order} LIMIT ?"
    return _rows(session, sql, (after, *parameters, limit))


def list_before(session: Session, chosen: Filter, *, before: int, limit: int) -> list[MovementRow]:
    """Movements with a smaller ``seq``, newest first."""
    where, parameters = chosen.sql(for_page=True)
    sql = f"{SELECT_ROWS} WHERE m.seq < ? AND {where} ORDER BY {chosen.order} DESC LIMIT ?"
    return _rows(session, sql, (before, *parameters, limit))


def has_more_than(session: Session, chosen: Filter, number: int) -> bool:
    """Whether there are more than ``number`` such movements, without counting them all."""
    where, parameters = chosen.sql()
    sql = f"SELECT count(*) FROM (SELECT 1 FROM movements m WHERE {where} LIMIT ?) AS some_of_them"
    return int(raw(session).execute(sql, (*parameters, number + 1))[0][0]) > number


def newest_seq(session: Session) -> int:
    return int(raw(session).execute("SELECT coalesce(max(seq), 0) FROM movements")[0][0])


def pages(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[MovementRow]]:
    """Pages of all movements up to the newest one at the start.

    By its times each page of a span would be sorted out of all that is left of it.
    """
    first, last = read_with_retry(read, _find_ends, chosen)
    along = replace(chosen, along_the_ledger=True)

    def after(session: Session, seq: int) -> list[MovementRow]:
        return list_after(session, along, after=seq, limit=size)

    return read_pages(read, after, _seq, size=size, start=first - 1, newest=lambda _: last)


def _find_ends(session: Session, chosen: Filter) -> tuple[int, int]:
    """The first and the last ``seq`` in the span of ``chosen``, perhaps of its product; 1 and 0 if it has none."""
    if chosen.since is None and chosen.before is None:
        return 1, newest_seq(session)
    # What has no index would only make the search longer.
    where, parameters = replace(chosen, shop_ids=None, kind=None, recorded_by=None).sql()
    # Written so that PostgreSQL does not look for them from the ends of the ledger.
    sql = f"SELECT coalesce(min(m.seq + 0), 1), coalesce(max(m.seq + 0), 0) FROM movements m WHERE {where}"
    first, last = raw(session).execute(sql, parameters)[0]
    return int(first), int(last)


def pages_backwards(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[MovementRow]]:
    """Pages of all movements from the newest one at the start back to the first."""

    def before(session: Session, seq: int) -> list[MovementRow]:
        return list_before(session, chosen, before=seq, limit=size)

    return read_pages(read, before, _seq, size=size, start=NEWEST)


def _seq(row: MovementRow) -> int:
    return row.seq


def _rows(session: Session, sql: str, parameters: tuple[object, ...]) -> list[MovementRow]:
    return [MovementRow(*row) for row in raw(session).execute(sql, parameters)]


# --- sums -----------------------------------------------------------------------------

SUMMED_AT_ONCE = 9_000
"""Movements that SQLite adds up in one sum, which has 64 bits, also if each is as large as can be."""
_Group = tuple[str, str, str | None]
"""A kind, a unit, and with ``per_person`` a user name."""


def sum_by_kind(session: Session, chosen: Filter, *, per_person: bool) -> list[KindTotal]:
    """By kind and unit, in their order: pieces and kilos do not add up. ``per_person``: also by who recorded them.

    Part by part of the ledger: grouping a million movements at once takes SQLite thirty megabytes, and longer.
    """
    first, last = _find_ends(session, chosen)
    where, parameters = replace(chosen, along_the_ledger=True).sql(for_page=True)
    person = "m.recorded_by" if per_person else "0"
    sql = (
        "SELECT s.kind, s.unit, u.username, s.number, s.effect FROM ("
        f"SELECT m.kind, p.unit, {person} AS person, count(*) AS number, sum(m.effect) AS effect"
        f" FROM movements m JOIN products p ON p.id = m.product_id WHERE m.seq > ? AND m.seq <= ? AND {where}"
        " GROUP BY 1, 2, 3) AS s LEFT JOIN users u ON u.id = s.person"
    )
    numbers: Counter[_Group] = Counter()
    effects: Counter[_Group] = Counter()
    for start in range(first - 1, last, SUMMED_AT_ONCE):
        end = min(start + SUMMED_AT_ONCE, last)
        for kind, unit, username, number, effect in raw(session).execute(sql, (start, end, *parameters)):
            numbers[kind, unit, username] += number
            effects[kind, unit, username] += int(effect)
    order = {kind.value: place for place, kind in enumerate(MovementKind)}
    return [
        KindTotal(
            tipo=MovementKind(kind),
            unidade=unit,
            registrado_por=username,
            movimentacoes=numbers[kind, unit, username],
            variacao=Decimal(effects[kind, unit, username]) / SCALE,
        )
        for kind, unit, username in sorted(numbers, key=lambda group: (order[group[0]], group[1], group[2] or ""))
    ]


def find_shop_names(session: Session) -> dict[int, str]:
    return dict(raw(session).execute("SELECT id, name FROM shops"))


def find_units(session: Session, product_ids: set[int]) -> dict[int, str]:
    """The unit of each of these products."""
    asked = ",".join(map(str, product_ids)) or "NULL"
    return dict(raw(session).execute(f"SELECT id, unit FROM products WHERE id IN ({asked})"))


# --- a day ----------------------------------------------------------------------------


def summarise(session: Session, day: date, shop_ids: tuple[int, ...], zone: tzinfo) -> Summary:
    """The entries of one local day, by the hour they were recorded in."""
    chosen = Filter(
        shop_ids=shop_ids,
        kind=MovementKind.ENTRY,
        since=start_of(day, zone),
        before=start_of(day + timedelta(days=1), zone),
    )
    where, parameters = chosen.sql()
    sql = f"SELECT m.recorded_at, m.quantity, m.recorded_by FROM movements m WHERE {where}"
    rows = raw(session).execute(sql, parameters)
    per_hour = [0] * 24
    for recorded_at, _, _ in rows:
        per_hour[from_micros(recorded_at).astimezone(zone).hour] += 1
    return Summary(
        entradas=len(rows),
        quantidade=Decimal(sum(quantity for _, quantity, _ in rows)) / SCALE,
        pessoas=len({person for _, _, person in rows}),
        por_hora=per_hour,
    )
