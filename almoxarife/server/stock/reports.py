"""Reading the ledger, in wire form (``wire.stock.Movement``)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.database import from_micros, raw, to_micros
from almoxarife.server.errors import MovementNotFound
from almoxarife.server.ids import IdKind
from almoxarife.wire.fields import SCALE, ten_thousandths_to_json, to_iso
from almoxarife.wire.stock import MovementKind, Summary

NEWEST = 2**62
"""Larger than any ``seq``."""

# The names come last: a LEFT JOIN on the primary key costs little and keeps the plan on seq.
_SELECT = (
    "SELECT m.seq, m.product_id, p.name, m.quantity, m.effect, m.balance_after, m.kind, m.shop_id, u.username,"
    " m.recorded_at, m.occurred_at, m.reason, m.document, m.supplier, m.reverses, m.is_clock_corrected, m.is_below_zero"
    " FROM movements m JOIN products p ON p.id = m.product_id JOIN users u ON u.id = m.recorded_by"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which movements to list; moments are compared with when they were recorded."""

    shop_ids: tuple[int, ...] | None
    """None: every shop."""
    kind: MovementKind | None = None
    product_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None

    def sql(self) -> tuple[str, list[object]]:
        conditions = ["1"]
        if self.shop_ids is not None:
            conditions.append(f"m.shop_id IN ({','.join(map(str, self.shop_ids)) or 'NULL'})")
        parameters: list[object] = []
        for condition, value in (
            ("m.kind = ?", self.kind and self.kind.value),
            ("m.product_id = ?", self.product_id),
            ("m.recorded_at >= ?", self.since and to_micros(self.since)),
            ("m.recorded_at < ?", self.before and to_micros(self.before)),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        return " AND ".join(conditions), parameters


def list_after(session: Session, chosen: Filter, *, after: int, limit: int) -> list[dict[str, object]]:
    """Movements with a larger ``seq``, oldest first."""
    where, parameters = chosen.sql()
    sql = f"{_SELECT} WHERE m.seq > ? AND {where} ORDER BY m.seq LIMIT ?"
    return _rows(session, sql, (after, *parameters, limit))


def list_before(session: Session, chosen: Filter, *, before: int, limit: int) -> list[dict[str, object]]:
    """Movements with a smaller ``seq``, newest first."""
    where, parameters = chosen.sql()
    sql = f"{_SELECT} WHERE m.seq < ? AND {where} ORDER BY m.seq DESC LIMIT ?"
    return _rows(session, sql, (before, *parameters, limit))


def newest_seq(session: Session) -> int:
    return int(raw(session).execute("SELECT coalesce(max(seq), 0) FROM movements")[0][0])


def pages(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[dict[str, object]]]:
    """Everything up to the newest row at the start, with no transaction held between the pages."""
    with read() as session:
        newest = newest_seq(session)
    after = 0
    while after < newest:
        with read() as session:
            rows = list_after(session, chosen, after=after, limit=size)
        rows = [row for row in rows if int(str(row["seq"])) <= newest]
        yield rows
        if len(rows) < size:
            return
        after = int(str(rows[-1]["seq"]))


def pages_backwards(
    read: Callable[[], AbstractContextManager[Session]], size: int, chosen: Filter
) -> Iterator[list[dict[str, object]]]:
    """Everything from the newest row at the start back to the first."""
    before = NEWEST
    while True:
        with read() as session:
            rows = list_before(session, chosen, before=before, limit=size)
        yield rows
        if len(rows) < size:
            return
        before = int(str(rows[-1]["seq"]))


def show_movement(session: Session, seq: int) -> dict[str, object]:
    """Raises MovementNotFound."""
    rows = _rows(session, f"{_SELECT} WHERE m.seq = ?", (seq,))
    if not rows:
        raise MovementNotFound
    return rows[0]


def _rows(session: Session, sql: str, parameters: tuple[object, ...]) -> list[dict[str, object]]:
    return [_movement(row) for row in raw(session).execute(sql, parameters)]


def _movement(row: tuple[Any, ...]) -> dict[str, object]:
    (seq, product_id, product_name, quantity, effect, balance, kind, shop_id, username, recorded_at,
     occurred_at, reason, document, supplier, reverses, is_clock_corrected, is_below_zero) = row  # fmt: skip
    return {
        "id": IdKind.MOVEMENT.to_wire(seq),
        "seq": seq,
        "produto_id": IdKind.PRODUCT.to_wire(product_id),
        "nome_produto": product_name,
        "quantidade": ten_thousandths_to_json(quantity),
        "variacao": ten_thousandths_to_json(effect),
        "saldo": ten_thousandths_to_json(balance),
        "tipo": kind,
        "loja_id": IdKind.SHOP.to_wire(shop_id),
        "registrado_por": username,
        "timestamp": to_iso(from_micros(recorded_at)),
        "ocorrido_em": to_iso(from_micros(occurred_at)),
        "motivo": reason,
        "documento": document,
        "fornecedor": supplier,
        "estorna": None if reverses is None else IdKind.MOVEMENT.to_wire(reverses),
        "relogio_corrigido": bool(is_clock_corrected),
        "abaixo_de_zero": bool(is_below_zero),
    }


# --- a day ----------------------------------------------------------------------------


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a local day, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


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


# --- the ledger against the balances ----------------------------------------------------


def list_faults(session: Session) -> list[str]:
    """What the database finds wrong with its own file; empty when it is whole."""
    rows = raw(session).execute("PRAGMA integrity_check")
    return [] if rows == [("ok",)] else [str(row[0]) for row in rows]


class Difference(NamedTuple):
    """A balance that is not the sum of its movements; ten-thousandths."""

    shop_id: int
    product_id: int
    balance: int
    ledger: int


def list_differences(session: Session) -> list[Difference]:
    """What ``almoxarife check`` must find nothing of."""
    rows = raw(session).execute(
        "SELECT shop_id, product_id, sum(balance), sum(ledger) FROM ("
        " SELECT shop_id, product_id, quantity AS balance, 0 AS ledger FROM balances"
        " UNION ALL SELECT shop_id, product_id, 0, effect FROM movements"
        ") GROUP BY shop_id, product_id HAVING sum(balance) != sum(ledger) ORDER BY shop_id, product_id"
    )
    return [Difference(*row) for row in rows]
