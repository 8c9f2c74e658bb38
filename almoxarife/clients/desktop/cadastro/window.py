"""The cadastro window: connects workbench, pages, queue and server, and declares the commands."""

from collections.abc import Callable
from functools import partial

from almoxarife.clients.api.address import is_loopback
from almoxarife.clients.desktop.cadastro.exporting import product_sheet
from almoxarife.clients.desktop.cadastro.messages.unread import UnreadWatch
from almoxarife.clients.desktop.cadastro.registering.catalog_feed import CatalogFeed
from almoxarife.clients.desktop.cadastro.registering.movement_panel import MODES
from almoxarife.clients.desktop.cadastro.registering.product_list import Loaded, ProductCommands
from almoxarife.clients.desktop.cadastro.registering.workbench import Workbench
from almoxarife.clients.desktop.cadastro.screens import PageName, Screens
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.cadastro.sending.status_text import describe_queue
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.cadastro.stopping import StopServer, stop_server
from almoxarife.clients.desktop.cadastro.users.approvals import Approvals
from almoxarife.clients.desktop.frame.commands import Command, Group
from almoxarife.clients.desktop.frame.connection import ConnectionState
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.scanner import Scanner
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import RecordedKind


class Cadastro:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._feed = CatalogFeed(
            self.shell,
            shop_id=lambda: self._workbench.shop.shop_id,
            loaded=self._loaded,
            refused=self._look_for_shops,
            show=self._connection_changed,
        )
        self._sender = Sender(
            self.shell.root,
            self.shell.background,
            self.shell.outbox,
            api=lambda: self.shell.api,
            owner=lambda: self.shell.owner,
            changed=self._queue_changed,
            refused=self._look_for_shops,
            session_over=self.shell.session_over,
            lost_server=self._feed.ask_now,
        )
        self._product_actions = self._product_commands()
        self._lay_out()
        self.shell.on_login = self._logged_in
        self.shell.on_session_over = self._feed.pause
        self.shell.try_now = self._try_now
        self.shell.status.messages_clicked = lambda: self._open("messages")
        self.shell.status.work_clicked = lambda: self._open("queue")

    def run(self) -> None:
        self.shell.run(self._commands())

    # --- building ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.shell.screen.columnconfigure(0, weight=1)
        self.shell.screen.rowconfigure(0, weight=1)
        self._workbench = Workbench(
            self.shell.screen,
            self.shell,
            sender=self._sender,
            commands=self._product_actions,
            refresh=self._feed.ask_now,
            shop_changed=self._shop_changed,
            status_changed=self._show_queue,
        )
        self._workbench.frame.grid(row=0, column=0, sticky="nsew")
        self._screens = Screens(
            self.shell,
            self._workbench,
            sender=self._sender,
            refresh=self._feed.ask_now,
            messages_seen=lambda: self._unread.poll(),
        )
        self._unread = UnreadWatch(
            self.shell.root,
            ServerCall.of(self.shell, "recados-novos"),
            interval_s=self.shell.interval_s,
            may_ask=lambda: self.shell.is_at_work,
            tell=self._tell_of_messages,
            show=self.shell.status.show_messages,
        )
        self._stopping = StopServer(
            self.shell.background, self.shell.notice, look_again=self._feed.ask_now, stop=stop_server
        )
        self._approvals = Approvals(
            self.shell.root,
            ServerCall.of(self.shell, "aprovacoes"),
            may_approve=lambda: self.shell.is_at_work and self._may(Role.ADMIN),
            tell=self._tell_who_waits,
        )
        Scanner(
            self.shell.root,
            is_listening=self._at_work,
            is_wanted=self._takes_scans,
            scanned=self._scanned,
            ignored=self._tell_of_scan,
        )
        self._show_queue()

    def _tell_who_waits(self, sentence: str) -> None:
        self.shell.notice.show(sentence, {"Ver": lambda: self._open("users")}, about="users")

    def _tell_of_messages(self, sentence: str) -> None:
        if self._screens.is_open("messages"):
            self._screens.messages.refresh()
            return
        self.shell.notice.take_back("messages")
        self.shell.notice.show(sentence, {"Ler": lambda: self._open("messages")}, about="messages", sign="✉")

    def _may(self, role: Role) -> bool:
        return self.shell.user is not None and self.shell.user.role.includes(role)

    def _may_stop_the_server(self) -> bool:
        return self._may(Role.ADMIN) and is_loopback(self.shell.api.base_url)

    def _may_register(self) -> bool:
        return self._may(Role.STOCK_CLERK)

    def _open(self, page: PageName) -> None:
        self.shell.notice.take_back(page)  # what it announces is seen now
        self._screens.open(page)

    # --- commands -----------------------------------------------------------------------

    def _at_work(self) -> bool:
        return self.shell.is_at_work

    def _at_the_list(self) -> bool:
        return self.shell.is_at_work and self._screens.page is None

    def _has_target(self) -> bool:
        return self._at_the_list() and self._workbench.target is not None

    def _has_what_to_export(self) -> bool:
        return self.shell.is_at_work and (self._screens.page is not None or bool(self._workbench.list.shown))

    def _product_commands(self) -> ProductCommands:
        def changing(label: str, key: str, act: Callable[[], None], is_enabled: Callable[[], bool]) -> Command:
            return Command(label, (key,), act, is_enabled, is_offered=self._may_register)

        return ProductCommands(
            new=changing("Novo produto", "Control-n", self._new_product, self._at_work),
            edit=changing("Editar", "Control-p", self._edit_product, self._has_target),
            import_products=changing(
                "Importar planilha", "Control-i", partial(self._open, "products_import"), self._at_work
            ),
            explain=Command("Por que este saldo?", ("F11",), self._explain, self._has_target),
            export=Command("Exportar", ("Control-e",), self._export, self._has_what_to_export),
            use_example=lambda: self._workbench.use_example(),
        )

    def _commands(self) -> list[Command]:
        modes = [
            Command(label, (key,), partial(self._start, kind), self._at_work, is_offered=self._may_register)
            for kind, label, key in MODES
        ]
        actions = self._product_actions
        return [
            *modes,
            *self._sale_commands(),
            Command("Registrar ou confirmar", ("Control-Return", "Control-KP_Enter"), self._submit, self._at_work),
            actions.new,
            actions.edit,
            actions.explain,
            actions.import_products,
            actions.export,
            Command("Buscar", ("Control-f",), self._find, self._at_work),
            Command("Atualizar", ("F5",), self._try_now, self._at_work, group=Group.VIEW),
            Command(
                "Desfazer",
                ("Control-z",),
                self._workbench.undo_newest,
                self._at_the_list,
                is_outside_text_only=True,
                is_meant_in_text=lambda: self._at_the_list() and self._workbench.is_where_confirmed,
            ),
            Command("Fila de envio", ("F9",), partial(self._open, "queue"), self._at_work),
            *self._user_commands(),
            Command("Limpar, cancelar ou voltar", ("Escape",), self._cancel, self._at_work),
            Command("Parar o servidor", (), self._stopping.ask, self._at_work, is_offered=self._may_stop_the_server),
        ]

    def _sale_commands(self) -> list[Command]:
        sale = self._screens.sale

        def may_sell() -> bool:
            return self._may(Role.SELLER)

        def opening(label: str, key: str, page: PageName, min_role: Role = Role.SELLER) -> Command:
            act = partial(self._open, page)
            return Command(label, (key,), act, self._at_work, is_offered=lambda: self._may(min_role), group=Group.SALES)

        return [
            opening("Venda", "F12", "sale"),
            opening("Fechamento do dia", "Shift-F12", "slip"),
            opening("Vendas e totais", "Control-u", "totals"),
            *sale.commands(lambda: self._at_work() and self._screens.is_open("sale"), may_sell),
        ]

    def _user_commands(self) -> list[Command]:
        def opening(label: str, key: str, page: PageName, min_role: Role = Role.SELLER) -> Command:
            return Command(
                label,
                (key,),
                partial(self._open, page),
                self._at_work,
                is_offered=lambda: self._may(min_role),
                group=Group.PEOPLE,
            )

        return [
            opening("Recados", "Control-r", "messages"),
            opening("Minha conta", "F6", "account"),
            opening("Dia do usuário", "F7", "day"),
            opening("Usuários", "F8", "users", Role.ADMIN),
            opening("Lojas", "Control-j", "stores", Role.ADMIN),
            opening("Unidades", "Control-m", "units", Role.ADMIN),
        ]

    def _start(self, kind: RecordedKind) -> None:
        self._screens.close()
        self._workbench.start(kind)

    def _find(self) -> None:
        if self._screens.is_open("sale"):
            self._screens.sale.focus()
            return
        self._screens.close()
        self._workbench.list.focus_search()

    def _submit(self) -> None:
        if self._screens.page is not None:
            self._screens.page.submit()
        else:
            self._workbench.submit()

    def _cancel(self) -> None:
        page = self._screens.page
        if page is None:
            self._workbench.cancel()
        elif not page.step_back():
            self._screens.close()

    def _export(self) -> None:
        if self._screens.page is not None:
            self._screens.page.export()
        else:
            self._screens.exporter.export("produtos", product_sheet(self._workbench.list.shown))

    def _explain(self) -> None:
        product = self._workbench.target
        if product is not None:
            self._screens.history.show_product(product)
            self._open("history")

    def _takes_scans(self) -> bool:
        """False on a page that does not use barcodes."""
        page = self._screens.page
        return page is None or page.takes_scans

    def _tell_of_scan(self, barcode: str) -> None:
        sentence = f"O código {barcode} foi lido, mas esta tela não o usa. Volte à lista e leia de novo."
        if not barcode:
            sentence = "O código não foi lido por inteiro. Leia de novo."
        self.shell.notice.take_back("scan")
        self.shell.notice.show(sentence, {"Voltar à lista": self._screens.close}, about="scan")

    def _scanned(self, barcode: str) -> None:
        """For a seller a scan always opens the till; for others it does so only on the till's page."""
        if self._screens.is_open("sale") or not self._may_register():
            self._open("sale")
            self._screens.sale.scanned(barcode)
            return
        self._screens.close()
        self._workbench.scanned(barcode)

    def _new_product(self) -> None:
        self._screens.close()
        self._workbench.new_product()

    def _edit_product(self) -> None:
        product = self._workbench.target
        if product is not None:
            self._workbench.edit(product)

    # --- the list, the connection and the queue -----------------------------------------

    def _loaded(self, loaded: Loaded) -> None:
        self._workbench.show(loaded)
        if self._screens.page is not None:
            self._screens.page.server_answered()
            self._screens.page.catalog_changed()
        # Another program on this computer may have added or sent rows.
        self._sender.go_on()
        self._show_queue()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if self._feed.is_online:
            self._sender.send_next()

    def _look_for_shops(self) -> None:
        """They were closed, or are another's now: that may be why something was refused, or F5 was pressed."""
        self._workbench.shop.look_again()

    def _shop_changed(self) -> None:
        self._feed.start_over()
        if self._screens.page is not None:
            self._screens.page.shop_changed()

    def _try_now(self) -> None:
        self._feed.ask_now()
        self._look_for_shops()
        self._sender.send_next()
        if self._screens.page is not None:
            self._screens.page.refresh()

    def _logged_in(self) -> None:
        user = self.shell.user
        if user is None:
            return
        self._workbench.logged_in(user)
        self._feed.start_over()
        self._sender.send_next()
        self._show_queue()
        self._approvals.logged_in()
        self._unread.logged_in(user.id)
        self._screens.logged_in(user.id)
        was_left_open = self._screens.sale.start(user.account)
        if self._screens.page is None:
            self._workbench.focus()
            if was_left_open or not self._may_register():
                self._open("sale")

    def _queue_changed(self, was_accepted: bool) -> None:  # called by Sender
        self._show_queue()
        if was_accepted:
            self._feed.ask_now()

    def _show_queue(self) -> None:
        self._workbench.show_queue()
        if self._screens.page is not None:
            self._screens.page.queue_changed()
        sender, shell = self._sender, self.shell
        text, kind = describe_queue(sender.waiting, shell.owner, sender.last_sent_at, shell.zone)
        shop = self._workbench.shop.name if self.shell.user else ""
        self.shell.status.show_work(" · ".join(filter(None, (text, shop))), kind=kind)
