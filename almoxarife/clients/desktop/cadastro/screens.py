"""Every screen that can take the workbench's place, made once with what it needs."""

from collections.abc import Callable
from datetime import date, datetime

from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.history.balance_page import HistoryPage
from almoxarife.clients.desktop.cadastro.history.day_page import DayPage
from almoxarife.clients.desktop.cadastro.importing.page import ImportPage
from almoxarife.clients.desktop.cadastro.messages.draft import DraftFile
from almoxarife.clients.desktop.cadastro.messages.page import MessagesPage
from almoxarife.clients.desktop.cadastro.pages import Page, Pages
from almoxarife.clients.desktop.cadastro.people.account_page import AccountPage
from almoxarife.clients.desktop.cadastro.people.users_page import UsersPage
from almoxarife.clients.desktop.cadastro.registering.workbench import Workbench
from almoxarife.clients.desktop.cadastro.selling.closed_sales import ClosedSales
from almoxarife.clients.desktop.cadastro.selling.last_sale import Closed
from almoxarife.clients.desktop.cadastro.selling.open_sale_file import OpenSaleFiles
from almoxarife.clients.desktop.cadastro.selling.page import SalePage, TillContext
from almoxarife.clients.desktop.cadastro.selling.papers.printing import Printer
from almoxarife.clients.desktop.cadastro.selling.papers.receipt import print_receipt
from almoxarife.clients.desktop.cadastro.selling.papers.slip_page import SlipPage, SlipSource
from almoxarife.clients.desktop.cadastro.selling.till import Till
from almoxarife.clients.desktop.cadastro.sending.page import QueuePage
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.cadastro.sending.status_text import describe_others
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.cadastro.stores.page import StoresPage
from almoxarife.clients.desktop.cadastro.totals.page import TotalsPage
from almoxarife.clients.desktop.cadastro.units.page import UnitsPage
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.file_dialogs import ask_where


class Screens:
    """``refresh`` asks the server for the products."""

    def __init__(
        self,
        shell: Shell,
        bench: Workbench,
        *,
        sender: Sender,
        server_call: Callable[[str], ServerCall],
        refresh: Callable[[], None],
        messages_seen: Callable[[], None],
    ) -> None:
        parent, theme = shell.screen, shell.theme
        self._shell = shell
        self._bench = bench
        self._pages = Pages(bench.frame)
        self.exporter = Exporter(parent, background=shell.background, tell=self._tell, today=self._today)
        self.printer = Printer(parent, background=shell.background, tell=self._tell)
        self.account = AccountPage(
            parent,
            person=lambda: shell.person,
            server=lambda: shell.api.base_url,
            shops=server_call("lojas"),
            change=server_call("senha"),
        )
        self.users = UsersPage(
            parent,
            my_id=lambda: shell.person.id if shell.person else "",
            listing=server_call("usuarios"),
            change=server_call("usuario"),
            data=server_call("usuario-dados"),
            theme=theme,
            zone=lambda: shell.zone,
            copy=shell.copy,
        )
        self.messages = MessagesPage(
            parent,
            person=lambda: shell.person,
            owner=lambda: shell.owner,
            drafts=DraftFile(shell.folder),
            server_call=server_call,
            seen=messages_seen,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.stores = StoresPage(parent, server_call=server_call, changed=bench.shop.look_again, theme=theme)
        self.totals = TotalsPage(
            parent,
            server_call=server_call,
            exporter=self.exporter,
            theme=theme,
            today=self._today,
            zone=lambda: shell.zone,
            person=lambda: shell.person,
        )
        self.units = UnitsPage(parent, server_call=server_call, theme=theme)
        self.queue = QueuePage(
            parent,
            rows=lambda: sender.rows,
            others=lambda: describe_others(sender.waiting, shell.owner),
            withdraw=sender.withdraw,
            discard=sender.discard,
            repeat=sender.repeat,
            send_now=sender.send_next,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.day = DayPage(
            parent,
            person=lambda: shell.person,
            names=server_call("nomes"),
            told=server_call("dia"),
            theme=theme,
            today=self._today,
            where=lambda name: ask_where(parent, title="Exportar o dia", name=name, kinds={"JSON": ".json"}),
        )
        self.history = HistoryPage(
            parent,
            server_call=server_call("historico"),
            shop=bench.shop,
            find=lambda product_id: bench.catalog.find(product_id),
            exporter=self.exporter,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.products_import = ImportPage(
            parent,
            background=shell.background,
            server_call=server_call("importar"),
            past=server_call("importacoes"),
            call_off=server_call("importar-cancelar"),
            shop=bench.shop,
            zone=lambda: shell.zone,
            exporter=self.exporter,
            theme=theme,
            preferences=shell.preferences,
            imported=refresh,
            tell=self._tell,
        )

        self._build_till(sender, server_call)

    def _build_till(self, sender: Sender, server_call: Callable[[str], ServerCall]) -> None:
        shell, bench = self._shell, self._bench
        outbox = shell.outbox
        kept = OpenSaleFiles(shell.folder, is_confirmed=lambda key: outbox.find(key) is not None)
        closed = ClosedSales(outbox, sender, owner=lambda: shell.owner, confirm=bench.confirm)
        self.sale = SalePage(
            shell.screen,
            Till(kept, confirm=bench.confirm, warn=shell.warn),
            TillContext(
                catalog=lambda: bench.catalog,
                shop=bench.shop,
                last_closed=closed.newest,
                cancel=closed.cancel,
                receipt=self._save_receipt,
            ),
            theme=shell.theme,
            zone=lambda: shell.zone,
        )

        self.slip = SlipPage(
            shell.screen,
            SlipSource(
                rows=outbox.sales_between,
                person=lambda: shell.person,
                shop=bench.shop,
                save=lambda name, entries: self.printer.save("Fechamento", name, entries),
            ),
            server_call=server_call("fechamento"),
            px=shell.theme.px,
            zone=lambda: shell.zone,
        )

    def _save_receipt(self, closed: Closed) -> None:
        shell, bench = self._shell, self._bench
        if closed.row is None:
            return
        person = shell.person
        seller = (person.full_name if person is not None else None) or closed.row.owner.name
        entries = print_receipt(closed, find=bench.catalog.find, shop=bench.shop.name, seller=seller, zone=shell.zone)
        self.printer.save("Recibo", f"recibo {closed.row.recorded_id or 'sem numero'}", entries)

    @property
    def page(self) -> Page | None:
        """The one that is open."""
        return self._pages.page

    def open(self, page: Page) -> None:
        if self._shell.person is not None:
            self._pages.open(page, person_id=self._shell.person.id)

    def close(self) -> None:
        self._pages.close()

    def logged_in(self, person_id: str) -> None:
        self._pages.logged_in(person_id)

    def _tell(self, is_good: bool, sentence: str) -> None:  # a callback's arguments
        self._shell.notice.show(sentence, {"Fechar": lambda: None}, sign="✓" if is_good else "⚠")

    def _today(self) -> date:
        """In the shop."""
        return datetime.now(self._shell.zone).date()
