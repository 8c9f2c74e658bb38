"""The last sale of this computer, as the queue has it, and its cancellation."""

from collections.abc import Callable

from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale
from almoxarife.clients.desktop.cadastro.sending.recent import MAX_RECENT
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.queue.outgoing import Outgoing, Owner, QueuedRow, State, of_cancellation
from almoxarife.clients.queue.store import Outbox


class ClosedSales:
    """For the logged-in person."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        *,
        owner: Callable[[], Owner | None],
        confirm: Callable[[Outgoing], bool],
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._owner = owner
        self._confirm = confirm

    def newest(self) -> ClosedSale:
        owner = self._owner()
        if owner is None:
            return ClosedSale()
        row = self._outbox.find_newest_sale(owner)
        unsettled = self._sender.newest(MAX_RECENT)
        return ClosedSale(
            row,
            self._outbox.find_reversal(row) if row is not None else None,
            is_held=unsettled.is_held,
            refused=sum(other.state is State.REJECTED for other in unsettled.rows),
        )

    def cancel(self, row: QueuedRow, reason: str) -> None:
        """Withdraw a sale that was never sent; cancel one that the server has recorded."""
        now = self._outbox.find(row.key)
        if now is None:
            return
        if now.state is State.PENDING and self._sender.withdraw(now):
            return
        if now.state is State.ACKED:
            self._confirm(of_cancellation(now, reason))
