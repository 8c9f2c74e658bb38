"""A list that has been judged, row by row, and by what: a new product, a known one that changes, the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy.orm import Session

from almoxarife.server.importing import store
from almoxarife.server.importing.rows import KnownProducts, Row
from almoxarife.wire.catalog import RowOutcome, StockOutcome


@dataclass(slots=True)
class Import:
    """Rows that have been judged, and by what."""

    rows: list[Row]
    known: KnownProducts
    judged: list[Row]
    """Those that nothing in themselves speaks against."""
    shop_id: int | None
    """Where the quantities are; None without any."""
    adjusts: bool = False

    @classmethod
    def judge(cls, session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> "Import":
        """On a snapshot, before anybody waits for it."""
        judged = [row for row in rows if not row.errors]
        asked = cls(rows, KnownProducts.judge_all(session, judged), judged, shop_id, adjusts)
        asked.weigh(session)
        return asked

    def make_current(self, session: Session) -> None:
        """Judge again where the products are no longer those it was judged by; balances always move."""
        if self.known.state != store.find_state(session):
            self.judge_again(session)
        self.weigh(session)

    def is_current(self, session: Session, rows: Sequence[Row]) -> bool:
        """Whether these would be judged as they were."""
        state, judged_by = store.find_state(session), self.known.state
        if state.products != judged_by.products or state.units != judged_by.units:
            return False
        changed = {row.product_id for row in rows if row.outcome is RowOutcome.CHANGED}
        return changed.isdisjoint(state.fractional ^ judged_by.fractional)

    def judge_again(self, session: Session, *, written: int = 0) -> None:
        """All but the first ``written`` rows, which are written already."""
        rest = [row for row in self.judged if row.line > written]
        taken = {row.product_id: row.line for row in self.rows[:written] if row.product_id and not row.errors}
        for row in rest:
            row.forget_verdict()
        self.known = KnownProducts.judge_all(session, rest, taken)

    def forget_made(self, *, written: int) -> None:
        """Of the first rows: they are written, and to be taken back."""
        for row in self.rows[:written]:
            if row.outcome is RowOutcome.NEW:
                row.product_id = None

    def weigh(self, session: Session, rows: Sequence[Row] | None = None) -> None:
        """Find what the quantities of these rows are, or of all that were judged."""
        balances: dict[int, int] = {}
        if self.shop_id is not None and rows is None:
            balances = store.list_begun(session, self.shop_id)
        elif self.shop_id is not None and rows is not None:
            known = [row.product_id for row in rows if row.product_id is not None]
            balances = store.find_begun(session, self.shop_id, known)
        for row in self.judged if rows is None else rows:
            row.weigh(balances)

    @property
    def is_refused(self) -> bool:
        return any(row.errors for row in self.rows)

    def report(self, *, written: bool) -> bytes:
        lines = [row.to_wire() for row in self.rows]
        outcomes = Counter(line["resultado"] for line in lines)
        balances = Counter(line["estoque"] for line in lines)
        return orjson.dumps(
            {
                "gravado": written,
                "novos": outcomes[RowOutcome.NEW],
                "alterados": outcomes[RowOutcome.CHANGED],
                "iguais": outcomes[RowOutcome.SAME],
                "recusados": outcomes[RowOutcome.REFUSED],
                "saldos_iniciais": balances[StockOutcome.FIRST],
                "saldos_iguais": balances[StockOutcome.SAME],
                "ajustes": balances[StockOutcome.ADJUSTMENT],
                "linhas": lines,
            }
        )
