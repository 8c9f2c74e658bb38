"""The open sale of the logged-in person: on disk at every change, in the queue when it is closed."""

from collections.abc import Callable

from almoxarife.clients.desktop.cadastro.selling.open_sale_file import NotKept, OpenSaleFiles
from almoxarife.clients.queue.outgoing import Outgoing, of_sale
from almoxarife.wire.selling.open_sale import OpenSale


class Till:
    """``confirm`` puts a sale under its key into the queue and says whether it is safe; ``warn`` hears a sentence."""

    def __init__(
        self, kept: OpenSaleFiles, *, confirm: Callable[[Outgoing, str], bool], warn: Callable[[str], None]
    ) -> None:
        self._kept = kept
        self._confirm = confirm
        self._warn = warn
        self._account = ""
        self.sale = OpenSale()

    def start(self, account: str) -> bool:
        """Somebody has logged in. Whether a sale of theirs was left open, by a crash or by themselves."""
        if account == self._account:
            return False
        self._account = account
        found = self._kept.take(account)
        self.sale = found or OpenSale()
        return found is not None

    def stop(self) -> None:
        """They are gone; what they had open stays on disk until they are back."""
        self._account = ""
        self._kept.release()
        self.sale = OpenSale()

    def change(self, deed: Callable[[OpenSale], OpenSale]) -> None:
        """Raises SaleRefused, and then the sale is as it was."""
        changed = deed(self.sale)
        if changed == self.sale:
            return
        self.sale = changed
        if changed.is_empty:
            self._kept.drop(changed.key)
            return
        try:
            self._kept.keep(changed, self._account)
        except NotKept as error:
            self._warn(str(error))

    def close(self, shop_id: str | None) -> OpenSale | None:
        """The sale as it went into the queue; None where the disk did not take it. Raises SaleRefused."""
        closed = self.sale
        if not self._confirm(of_sale(closed.to_wire(shop_id)), closed.key):
            return None
        self.discard()
        return closed

    def discard(self) -> None:
        """Whatever is open goes, and a new sale begins."""
        self._kept.drop(self.sale.key)
        self.sale = OpenSale()
