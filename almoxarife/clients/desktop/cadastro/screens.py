"""Creates the pages of the cadastro and opens them by name.

A page is imported and created when it is first opened, to keep start and memory small (ADR 46); only the
till is created at the start.
"""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal

from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.pages import Page, Pages
from almoxarife.clients.desktop.cadastro.registering.workbench import Workbench
from almoxarife.clients.desktop.cadastro.selling.closed_sales import ClosedSales
from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale
from almoxarife.clients.desktop.cadastro.selling.open_sale_file import OpenSaleFiles
from almoxarife.clients.desktop.cadastro.selling.page import SalePage, TillContext
from almoxarife.clients.desktop.cadastro.selling.papers.receipt import print_receipt
from almoxarife.clients.desktop.cadastro.selling.papers.saving import PdfSaver
from almoxarife.clients.desktop.cadastro.selling.till import Till
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.frame.shell import Shell

if TYPE_CHECKING:
    from almoxarife.clients.desktop.cadastro.history.balance_page import HistoryPage
    from almoxarife.clients.desktop.cadastro.history.day_page import DayPage
    from almoxarife.clients.desktop.cadastro.importing.page import ImportPage
    from almoxarife.clients.desktop.cadastro.messages.page import MessagesPage
    from almoxarife.clients.desktop.cadastro.selling.papers.slip_page import SlipPage
    from almoxarife.clients.desktop.cadastro.sending.page import QueuePage
    from almoxarife.clients.desktop.cadastro.stores.page import StoresPage
    from almoxarife.clients.desktop.cadastro.totals.page import TotalsPage
    from almoxarife.clients.desktop.cadastro.units.page import UnitsPage
    from almoxarife.clients.desktop.cadastro.users.account_page import AccountPage
    from almoxarife.clients.desktop.cadastro.users.users_page import UsersPage

PageName = Literal[
    "sale", "slip", "totals", "messages", "account", "day", "users", "stores", "units", "queue", "history",
    "products_import",
]  # fmt: skip
"""The attributes of ``Screens`` that are pages."""


class Screens:
    """``refresh`` asks the server for the products; ``messages_seen`` updates the number of unread messages."""

    def __init__(
        self,
        shell: Shell,
        workbench: Workbench,
        *,
        sender: Sender,
        refresh: Callable[[], None],
        messages_seen: Callable[[], None],
    ) -> None:
        self._shell = shell
        self._workbench = workbench
        self._sender = sender
        self._refresh = refresh
        self._messages_seen = messages_seen
        self._pages = Pages(workbench.frame, changing=self._take_back_file)
        self._opened: PageName | None = None
        self.exporter = Exporter(shell.screen, background=shell.background, tell=self._tell_of_file, today=shell.today)
        self.pdf_saver = PdfSaver(shell.screen, background=shell.background, tell=self._tell_of_file)
        # Needed at every login: the person may have left a sale open.
        self.sale = self._make_sale_page()

    # --- the pages ------------------------------------------------------------------------

    def _make_sale_page(self) -> SalePage:
        shell, workbench = self._shell, self._workbench
        outbox = shell.outbox
        kept = OpenSaleFiles(shell.folder, is_confirmed=lambda key: outbox.find(key) is not None)
        closed = ClosedSales(outbox, self._sender, owner=lambda: shell.owner, confirm=workbench.confirm)
        return SalePage(
            shell,
            Till(kept, confirm=workbench.confirm, warn=shell.warn),
            TillContext(
                catalog=lambda: workbench.catalog,
                shop=workbench.shop,
                last_closed=closed.newest,
                cancel=closed.cancel,
                receipt=self._save_receipt,
            ),
        )

    def _save_receipt(self, closed: ClosedSale) -> None:
        shell, workbench = self._shell, self._workbench
        if closed.row is None:
            return
        user = shell.user
        seller = (user.full_name if user is not None else None) or closed.row.owner.name
        find, shops = workbench.catalog.find, workbench.shop.names
        entries = print_receipt(closed, find=find, shops=shops, seller=seller, zone=shell.zone)
        self.pdf_saver.save("Recibo", f"recibo {closed.row.recorded_id or 'sem numero'}", entries)

    @cached_property
    def slip(self) -> "SlipPage":
        from almoxarife.clients.desktop.cadastro.selling.papers.slip_page import SlipPage

        save = partial(self.pdf_saver.save, "Fechamento")
        return SlipPage(self._shell, shop=self._workbench.shop, save=save)

    @cached_property
    def totals(self) -> "TotalsPage":
        from almoxarife.clients.desktop.cadastro.totals.page import TotalsPage

        return TotalsPage(self._shell, exporter=self.exporter)

    @cached_property
    def messages(self) -> "MessagesPage":
        from almoxarife.clients.desktop.cadastro.messages.page import MessagesPage

        return MessagesPage(self._shell, seen=self._messages_seen)

    @cached_property
    def account(self) -> "AccountPage":
        from almoxarife.clients.desktop.cadastro.users.account_page import AccountPage

        return AccountPage(self._shell)

    @cached_property
    def day(self) -> "DayPage":
        from almoxarife.clients.desktop.cadastro.history.day_page import DayPage

        return DayPage(self._shell)

    @cached_property
    def users(self) -> "UsersPage":
        from almoxarife.clients.desktop.cadastro.users.users_page import UsersPage

        return UsersPage(self._shell)

    @cached_property
    def stores(self) -> "StoresPage":
        from almoxarife.clients.desktop.cadastro.stores.page import StoresPage

        return StoresPage(self._shell, changed=self._workbench.shop.look_again)

    @cached_property
    def units(self) -> "UnitsPage":
        from almoxarife.clients.desktop.cadastro.units.page import UnitsPage

        return UnitsPage(self._shell)

    @cached_property
    def queue(self) -> "QueuePage":
        from almoxarife.clients.desktop.cadastro.sending.page import QueuePage

        return QueuePage(self._shell, self._sender)

    @cached_property
    def history(self) -> "HistoryPage":
        from almoxarife.clients.desktop.cadastro.history.balance_page import HistoryPage

        workbench = self._workbench
        return HistoryPage(
            self._shell,
            changed=self._refresh,
            shop=workbench.shop,
            find=lambda product_id: workbench.catalog.find(product_id),
            exporter=self.exporter,
        )

    @cached_property
    def products_import(self) -> "ImportPage":
        from almoxarife.clients.desktop.cadastro.importing.page import ImportPage

        return ImportPage(
            self._shell,
            shop=self._workbench.shop,
            exporter=self.exporter,
            imported=self._refresh,
            tell=self._tell,
        )

    # --- one at a time --------------------------------------------------------------------

    @property
    def page(self) -> Page | None:
        """The open page, or None for the workbench."""
        return self._pages.page

    def is_open(self, name: PageName) -> bool:
        return self._pages.page is not None and self._opened == name

    def open(self, name: PageName) -> None:
        if self._shell.user is not None:
            page: Page = getattr(self, name)
            self._opened = name
            self._pages.open(page, user_id=self._shell.user.id)

    def close(self) -> None:
        self._pages.close()

    def logged_in(self, user_id: str) -> None:
        self._pages.logged_in(user_id)

    def _tell(self, is_good: bool, sentence: str) -> None:  # the arguments of ``tell``
        self._shell.notice.show(sentence, sign="✓" if is_good else "⚠")

    def _tell_of_file(self, is_good: bool, sentence: str) -> None:
        self._take_back_file()
        self._shell.notice.show(sentence, about="file" if is_good else "", sign="✓" if is_good else "⚠")

    def _take_back_file(self) -> None:
        """That a file was written does not stay on the pages that follow. That it was not, does."""
        self._shell.notice.take_back("file")
