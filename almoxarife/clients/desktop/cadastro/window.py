"""The cadastro window: its screens, its commands, and who hears of what."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from almoxarife.brazil import SAO_PAULO
from almoxarife.clients.desktop.cadastro.account_page import AccountPage
from almoxarife.clients.desktop.cadastro.approvals import Approvals
from almoxarife.clients.desktop.cadastro.catalog_feed import CatalogFeed
from almoxarife.clients.desktop.cadastro.day_page import DayPage
from almoxarife.clients.desktop.cadastro.errand import Errand
from almoxarife.clients.desktop.cadastro.movement_panel import MODES
from almoxarife.clients.desktop.cadastro.pages import Page, Pages
from almoxarife.clients.desktop.cadastro.product_list import Deeds, Loaded
from almoxarife.clients.desktop.cadastro.queue_line import describe_others, describe_queue
from almoxarife.clients.desktop.cadastro.queue_page import QueuePage
from almoxarife.clients.desktop.cadastro.sending import Sender
from almoxarife.clients.desktop.cadastro.users_page import UsersPage
from almoxarife.clients.desktop.cadastro.workbench import Workbench
from almoxarife.clients.desktop.commands import Command, Group
from almoxarife.clients.desktop.connection import ConnectionState
from almoxarife.clients.desktop.saving import ask_where
from almoxarife.clients.desktop.settings import poll_seconds
from almoxarife.clients.desktop.shell import Shell
from almoxarife.clients.desktop.widgets import Frame
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import RecordedKind

TITLE = "Almoxarife - Cadastro"


def open_cadastro() -> None:
    """Open the window and stay until it closes."""
    Cadastro().run()


class Cadastro:
    def __init__(self) -> None:
        interval_s = poll_seconds()
        self.shell = Shell(program="cadastro", title=TITLE, invitation="Entre para registrar produtos e entradas.")
        self._feed = CatalogFeed(
            self.shell,
            interval_s=interval_s,
            shop_id=lambda: self._bench.shop.shop_id,
            loaded=self._loaded,
            show=self._connection_changed,
        )
        self._sender = Sender(
            self.shell.root,
            self.shell.background,
            self.shell.outbox,
            api=lambda: self.shell.api,
            owner=lambda: self.shell.owner,
            changed=self._queue_changed,
            session_over=self.shell.session_over,
            lost_server=self._feed.ask_now,
        )
        self._deeds = self._product_commands()
        self._lay_out()
        self.shell.on_login = self._logged_in
        self.shell.on_session_over = self._feed.rest
        self.shell.try_now = self._try_now
        self.shell.status.work_clicked = partial(self._open, self._queue)

    def run(self) -> None:
        self.shell.run(self._commands())

    # --- building ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.shell.screen.columnconfigure(0, weight=1)
        self.shell.screen.rowconfigure(0, weight=1)
        self._bench = Workbench(
            self.shell.screen,
            self.shell,
            sender=self._sender,
            errand=self._errand,
            deeds=self._deeds,
            is_online=lambda: self._feed.is_online,
            refresh=self._feed.ask_now,
            shop_changed=self._feed.start_over,
            status_changed=self._show_queue,
        )
        self._bench.frame.grid(row=0, column=0, sticky="nsew")
        self._lay_out_pages(self._bench.frame)
        self._show_queue()

    def _lay_out_pages(self, work: Frame) -> None:
        parent = self.shell.screen
        self._pages = Pages(work)
        self._account = AccountPage(
            parent,
            person=lambda: self.shell.person,
            server=lambda: self.shell.api.base_url,
            shops=self._errand("lojas"),
            change=self._errand("senha"),
        )
        self._users = UsersPage(
            parent,
            my_id=lambda: self.shell.person.id if self.shell.person else "",
            listing=self._errand("usuarios"),
            change=self._errand("usuario"),
            theme=self.shell.theme,
            copy=self.shell.copy,
        )
        self._queue = QueuePage(
            parent,
            rows=lambda: self._sender.rows,
            others=lambda: describe_others(self._sender.waiting, self.shell.owner),
            withdraw=self._sender.withdraw,
            discard=self._sender.discard,
            send_now=self._sender.send_next,
            theme=self.shell.theme,
        )
        self._day = DayPage(
            parent,
            person=lambda: self.shell.person,
            names=self._errand("nomes"),
            told=self._errand("dia"),
            theme=self.shell.theme,
            today=lambda: datetime.now(ZoneInfo(SAO_PAULO)).date(),
            where=lambda name: ask_where(parent, title="Exportar o dia", name=name, kind="JSON"),
        )
        self._approvals = Approvals(
            self.shell.root,
            self._errand("aprovacoes"),
            may_approve=lambda: self.shell.is_at_work and self._may(Role.ADMIN),
            tell=self._tell_who_waits,
        )

    def _tell_who_waits(self, sentence: str) -> None:
        self.shell.notice.show(sentence, {"Ver": partial(self._open, self._users), "Fechar": lambda: None})

    def _may(self, role: Role) -> bool:
        return self.shell.person is not None and self.shell.person.role.includes(role)

    def _errand(self, key: str) -> Errand:
        shell = self.shell
        return Errand(key, background=shell.background, api=lambda: shell.api, session_over=shell.session_over)

    def _open(self, page: Page) -> None:
        if self.shell.person is not None:
            self._pages.open(page, person_id=self.shell.person.id)

    # --- commands -----------------------------------------------------------------------

    def _at_work(self) -> bool:
        return self.shell.is_at_work

    def _at_the_list(self) -> bool:
        return self.shell.is_at_work and self._pages.page is None

    def _on_a_page(self) -> bool:
        return self.shell.is_at_work and self._pages.page is not None

    def _has_target(self) -> bool:
        return self._at_the_list() and self._bench.target is not None

    def _product_commands(self) -> Deeds:
        return Deeds(
            new=Command("Novo produto", ("Control-n",), self._new_product, self._at_work),
            edit=Command("Editar produto", ("Control-p",), self._edit_product, self._has_target),
        )

    def _commands(self) -> list[Command]:
        modes = [Command(label, (key,), partial(self._start, kind), self._at_work) for kind, label, key in MODES]
        deeds = self._deeds
        return [
            *modes,
            Command("Registrar ou confirmar", ("Control-Return", "Control-KP_Enter"), self._submit, self._at_work),
            deeds.new,
            deeds.edit,
            Command("Buscar", ("Control-f",), self._find, self._at_work),
            Command("Atualizar", ("F5",), self._try_now, self._at_work, group=Group.VIEW),
            Command("Desfazer", ("Control-z",), self._bench.undo_newest, self._at_the_list, is_outside_text_only=True),
            Command("Exportar", ("Control-e",), self._export, self._on_a_page),
            Command("Fila de envio", ("F9",), partial(self._open, self._queue), self._at_work),
            *self._people_commands(),
            Command("Limpar, cancelar ou voltar", ("Escape",), self._cancel, self._at_work),
        ]

    def _people_commands(self) -> list[Command]:
        def opening(label: str, key: str, page: Page, least: Role = Role.SELLER) -> Command:
            return Command(
                label,
                (key,),
                partial(self._open, page),
                self._at_work,
                is_offered=lambda: self._may(least),
                group=Group.PEOPLE,
            )

        return [
            opening("Minha conta", "F6", self._account),
            opening("Dia do usuário", "F7", self._day),
            opening("Usuários", "F8", self._users, Role.ADMIN),
        ]

    def _start(self, kind: RecordedKind) -> None:
        self._pages.close()
        self._bench.start(kind)

    def _find(self) -> None:
        self._pages.close()
        self._bench.list.focus_search()

    def _submit(self) -> None:
        if self._pages.page is not None:
            self._pages.page.submit()
        else:
            self._bench.submit()

    def _cancel(self) -> None:
        if self._pages.page is not None:
            self._pages.close()
        else:
            self._bench.cancel()

    def _export(self) -> None:
        if self._pages.page is not None:
            self._pages.page.export()

    def _new_product(self) -> None:
        self._pages.close()
        self._bench.new_product()

    def _edit_product(self) -> None:
        product = self._bench.target
        if product is not None:
            self._bench.edit(product)

    # --- the list, the connection and the queue -----------------------------------------

    def _loaded(self, loaded: Loaded) -> None:
        self._bench.show(loaded)
        # Another program on this computer may have queued, or sent, something.
        self._sender.go_on()
        self._show_queue()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if self._feed.is_online:
            self._sender.send_next()

    def _try_now(self) -> None:
        self._feed.ask_now()
        self._sender.send_next()
        if self._pages.page is not None:
            self._pages.page.refresh()

    def _logged_in(self) -> None:
        person = self.shell.person
        if person is None:
            return
        self._bench.logged_in(person)
        self._feed.start_over()
        self._sender.send_next()
        self._show_queue()
        self._approvals.logged_in()
        self._pages.logged_in(person.id)
        if self._pages.page is None:
            self._bench.focus()

    def _queue_changed(self, was_accepted: bool) -> None:  # a callback's one argument
        self._show_queue()
        if was_accepted:
            self._feed.ask_now()

    def _show_queue(self) -> None:
        self._bench.show_queue()
        if self._pages.page is self._queue:
            self._queue.update()
        text, kind = describe_queue(self._sender.waiting, self.shell.owner, self._sender.last_sent_at)
        shop = self._bench.shop.name if self.shell.person else ""
        self.shell.status.show_work(" · ".join(filter(None, (shop, text))), kind=kind)
