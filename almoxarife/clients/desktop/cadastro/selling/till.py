"""The logged-in person's open sale: written to disk at every change, put into the queue when it is closed."""

from collections.abc import Callable

from almoxarife.clients.desktop.cadastro.selling.open_sale_file import OpenSaleFiles, OpenSaleNotSaved
from almoxarife.clients.queue.outgoing import Outgoing, of_sale
from almoxarife.wire.selling.open_sale import OpenSale


class Till:
    """``confirm`` puts a sale into the queue under its key and returns whether it is on disk."""

    def __init__(
        self, kept: OpenSaleFiles, *, confirm: Callable[[Outgoing, str], bool], warn: Callable[[str], None]
    ) -> None:
        self._kept = kept
        self._confirm = confirm
        self._warn = warn
        self._account = ""
        self.sale = OpenSale()

    def start(self, account: str) -> bool:
        """A person has logged in. True if they had left a sale open, which is loaded now."""
        if account == self._account:
            return False
        self._account = account
        found = self._kept.take(account)
        self.sale = found or OpenSale()
        return found is not None

    def stop(self) -> None:
        """The person is gone; their open sale stays on disk."""
        self._account = ""
        self._kept.release()
        self.sale = OpenSale()

    def change(self, change: Callable[[OpenSale], OpenSale]) -> None:
        """Apply ``change``. If it raises SaleRefused, the sale stays as it was."""
        changed = change(self.sale)
        if changed == self.sale:
            return
        self.sale = changed
        if changed.is_empty:
            self._kept.drop(changed.key)
            return
        try:
            self._kept.keep(changed, self._account)
        except OpenSaleNotSaved as error:
            self._warn(str(error))

    def close(self, shop_id: str | None) -> OpenSale | None:
        """Put the sale into the queue and return it; None if it was not written. Raises SaleRefused."""
        closed = self.sale
        if not self._confirm(of_sale(closed.to_wire(shop_id)), closed.key):
            return None
        self.discard()
        return closed

    def discard(self) -> None:
        """Delete the open sale and begin a new one."""
        self._kept.drop(self.sale.key)
        self.sale = OpenSale()
