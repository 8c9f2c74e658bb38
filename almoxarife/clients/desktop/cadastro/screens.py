"""Every screen that can take the workbench's place, made once with what it needs."""

from collections.abc import Callable
from datetime import date, datetime

from almoxarife.clients.desktop.cadastro.errand import Errand
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.history.balance_page import HistoryPage
from almoxarife.clients.desktop.cadastro.history.day_page import DayPage
from almoxarife.clients.desktop.cadastro.importing.page import ImportPage
from almoxarife.clients.desktop.cadastro.messages.page import MessagesPage
from almoxarife.clients.desktop.cadastro.pages import Page, Pages
from almoxarife.clients.desktop.cadastro.people.account_page import AccountPage
from almoxarife.clients.desktop.cadastro.people.users_page import UsersPage
from almoxarife.clients.desktop.cadastro.registering.workbench import Workbench
from almoxarife.clients.desktop.cadastro.sending.line import describe_others
from almoxarife.clients.desktop.cadastro.sending.page import QueuePage
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.cadastro.stores.page import StoresPage
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
        errand: Callable[[str], Errand],
        refresh: Callable[[], None],
        messages_seen: Callable[[], None],
    ) -> None:
        parent, theme = shell.screen, shell.theme
        self._shell = shell
        self._pages = Pages(bench.frame)
        self.exporter = Exporter(parent, background=shell.background, tell=self._tell, today=self._today)
        self.account = AccountPage(
            parent,
            person=lambda: shell.person,
            server=lambda: shell.api.base_url,
            shops=errand("lojas"),
            change=errand("senha"),
        )
        self.users = UsersPage(
            parent,
            my_id=lambda: shell.person.id if shell.person else "",
            listing=errand("usuarios"),
            change=errand("usuario"),
            theme=theme,
            zone=lambda: shell.zone,
            copy=shell.copy,
        )
        self.messages = MessagesPage(
            parent,
            person=lambda: shell.person,
            errand=errand,
            seen=messages_seen,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.stores = StoresPage(parent, errand=errand, changed=bench.shop.look_again, theme=theme)
        self.queue = QueuePage(
            parent,
            rows=lambda: sender.rows,
            others=lambda: describe_others(sender.waiting, shell.owner),
            withdraw=sender.withdraw,
            discard=sender.discard,
            send_now=sender.send_next,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.day = DayPage(
            parent,
            person=lambda: shell.person,
            names=errand("nomes"),
            told=errand("dia"),
            theme=theme,
            today=self._today,
            where=lambda name: ask_where(parent, title="Exportar o dia", name=name, kinds={"JSON": ".json"}),
        )
        self.history = HistoryPage(
            parent,
            errand=errand("historico"),
            shop=bench.shop,
            find=lambda product_id: bench.catalog.find(product_id),
            exporter=self.exporter,
            theme=theme,
            zone=lambda: shell.zone,
        )
        self.products_import = ImportPage(
            parent,
            background=shell.background,
            errand=errand("importar"),
            exporter=self.exporter,
            theme=theme,
            preferences=shell.preferences,
            imported=refresh,
            tell=self._tell,
        )

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
