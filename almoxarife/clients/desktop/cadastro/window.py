"""The cadastro window: products with their balances, and what goes in and out."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from almoxarife.brazil import SAO_PAULO, format_time
from almoxarife.clients.address import host_and_port
from almoxarife.clients.desktop.cadastro import forms
from almoxarife.clients.desktop.cadastro.account_page import AccountPage
from almoxarife.clients.desktop.cadastro.approvals import Approvals
from almoxarife.clients.desktop.cadastro.day_page import DayPage
from almoxarife.clients.desktop.cadastro.errand import Errand
from almoxarife.clients.desktop.cadastro.movement_panel import MODES, MovementPanel
from almoxarife.clients.desktop.cadastro.pages import Page, Pages
from almoxarife.clients.desktop.cadastro.product_list import Loaded, ProductList, load
from almoxarife.clients.desktop.cadastro.product_panel import ProductPanel
from almoxarife.clients.desktop.cadastro.recent import Recent
from almoxarife.clients.desktop.cadastro.sending import Sender
from almoxarife.clients.desktop.cadastro.users_page import UsersPage
from almoxarife.clients.desktop.catalog_search import Catalog, display_code
from almoxarife.clients.desktop.commands import Command, Group
from almoxarife.clients.desktop.connection import ConnectionState, Heartbeat
from almoxarife.clients.desktop.saving import ask_where
from almoxarife.clients.desktop.settings import poll_seconds
from almoxarife.clients.desktop.shell import Shell
from almoxarife.clients.desktop.widgets import Frame, Separator
from almoxarife.clients.errors import ApiError
from almoxarife.clients.outbox import NotWritten
from almoxarife.clients.outgoing import Outgoing, Row, State, of_movement, of_reversal
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import Product
from almoxarife.wire.stock import MovementIn, RecordedKind

TITLE = "Almoxarife - Cadastro"
_PANEL_PX = 310


def open_cadastro() -> None:
    """Open the window and stay until it closes."""
    Cadastro().run()


class Cadastro:
    def __init__(self) -> None:
        interval_s = poll_seconds()
        self.shell = Shell(program="cadastro", title=TITLE, invitation="Entre para registrar produtos e entradas.")
        self._catalog = Catalog([])
        self._etag: str | None = None
        self._heartbeat = Heartbeat(
            self.shell.root, ask=self._ask, show=self._connection_changed, interval_s=interval_s
        )
        self._sender = Sender(
            self.shell.root,
            self.shell.background,
            self.shell.outbox,
            api=lambda: self.shell.api,
            owner=lambda: self.shell.owner,
            changed=self._queue_changed,
            session_over=self.shell.session_over,
            lost_server=self._heartbeat.ask_now,
        )
        self._lay_out()
        self.shell.on_login = self._logged_in
        self.shell.on_session_over = self._rest
        self.shell.try_now = self._try_now

    def run(self) -> None:
        self.shell.run(self._commands())

    # --- building ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        theme = self.shell.theme
        self.shell.screen.columnconfigure(0, weight=1)
        self.shell.screen.rowconfigure(0, weight=1)
        screen = Frame(self.shell.screen)
        screen.columnconfigure(0, weight=1)
        screen.rowconfigure(0, weight=1)
        screen.grid(row=0, column=0, sticky="nsew")
        # Tab goes in the order in which the widgets are made.
        self._list = ProductList(
            screen, theme=theme, chosen=self._use_product, new=self._new_product, new_label="Novo  Ctrl+N"
        )
        side = Frame(screen)
        side.columnconfigure(0, weight=1, minsize=theme.px(_PANEL_PX))
        self._movement = MovementPanel(
            side, over=screen, px=theme.px, shop_id=self._shop_id, confirmed=self._confirmed, create=self._new_product
        )
        self._product = ProductPanel(
            side,
            background=self.shell.background,
            api=lambda: self.shell.api,
            created=self._created,
            use_existing=self._use_product,
            describe=self._describe,
            cancelled=self._leave_product,
            session_over=self.shell.session_over,
            wrap_px=theme.px(_PANEL_PX),
        )
        self._recent = Recent(
            side, undo=self._undo, discard=self._sender.discard, wrap_px=lambda: theme.px(_PANEL_PX - 120)
        )
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        side.grid(row=0, column=1, sticky="nsew", padx=(16, 0))
        self._movement.frame.grid(row=0, column=0, sticky="ew")
        self._product.frame.grid(row=0, column=0, sticky="ew")
        self._product.frame.grid_remove()
        Separator(side).grid(row=1, column=0, sticky="ew", pady=(16, 8))
        self._recent.frame.grid(row=2, column=0, sticky="new")
        side.rowconfigure(2, weight=1)
        self._lay_out_pages(screen)
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

    def _commands(self) -> list[Command]:
        def at_work() -> bool:
            return self.shell.is_at_work

        def at_the_list() -> bool:
            return self.shell.is_at_work and self._pages.page is None

        def on_a_page() -> bool:
            return self.shell.is_at_work and self._pages.page is not None

        modes = [Command(label, (key,), partial(self._start, kind), at_work) for kind, label, key in MODES]
        return [
            *modes,
            Command("Registrar ou confirmar", ("Control-Return", "Control-KP_Enter"), self._submit, at_work),
            Command("Novo produto", ("Control-n",), self._new_product, at_work),
            Command("Buscar", ("Control-f",), self._find, at_work),
            Command("Atualizar", ("F5",), self._try_now, at_work, group=Group.VIEW),
            Command("Exportar", ("Control-e",), self._export, on_a_page),
            Command("Desfazer", ("Control-z",), self._undo_newest, at_the_list, is_outside_text_only=True),
            Command("Minha conta", ("F6",), partial(self._open, self._account), at_work, group=Group.PEOPLE),
            Command("Dia do usuário", ("F7",), partial(self._open, self._day), at_work, group=Group.PEOPLE),
            Command(
                "Usuários",
                ("F8",),
                partial(self._open, self._users),
                at_work,
                is_offered=lambda: self._may(Role.ADMIN),
                group=Group.PEOPLE,
            ),
            Command("Limpar, cancelar ou voltar", ("Escape",), self._cancel, at_work),
        ]

    # --- the list and the connection ----------------------------------------------------

    def _ask(self) -> None:
        api, etag = self.shell.api, self._etag
        self.shell.background.run(lambda: load(api, etag), then=self._loaded, failed=self._not_loaded, key="produtos")

    def _loaded(self, loaded: Loaded) -> None:
        self._heartbeat.answered()
        self._etag = loaded.etag
        if loaded.catalog is not None:
            self._catalog = loaded.catalog
            self._list.show(loaded)
            self._movement.use(loaded.catalog)
        # Another program on this computer may have queued, or sent, something.
        self._sender.go_on()
        self._show_queue()

    def _not_loaded(self, error: ApiError) -> None:
        if error.is_session_over:
            self._rest()
            if not self.shell.session_over(error):
                self._heartbeat.ask_now()
        else:
            self._heartbeat.failed(error)

    def _rest(self) -> None:
        """Nobody is logged in: what is under way concerns nobody any more."""
        self.shell.background.forget("produtos")
        self._heartbeat.pause()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if self._heartbeat.is_online:
            self._sender.send_next()

    def _try_now(self) -> None:
        self._heartbeat.ask_now()
        self._sender.send_next()
        if self._pages.page is not None:
            self._pages.page.refresh()

    def _logged_in(self) -> None:
        self._etag = None
        self._heartbeat.ask_now()
        self._product.logged_in()
        self._sender.send_next()
        self._show_queue()
        self._approvals.logged_in()
        if self.shell.person is not None:
            self._pages.logged_in(self.shell.person.id)
        if self._pages.page is None:
            self._movement.focus()

    # --- registering --------------------------------------------------------------------

    def _shop_id(self) -> str | None:
        """The shop need not be named by whoever has one only."""
        shops = self.shell.person.shops if self.shell.person else []
        return shops[0] if len(shops) == 1 else None

    def _confirmed(self, movement: MovementIn, product: Product) -> bool:
        if not self._heartbeat.is_online:
            # It may be sent tomorrow; it happened now.
            movement = movement.model_copy(update={"occurred_at": datetime.now(UTC)})
        return self._confirm(of_movement(movement, f"{forms.effect_text(movement)} {product.name}"))

    def _confirm(self, outgoing: Outgoing) -> bool:
        """Whether it is safe on this computer; only then may the form be cleared."""
        owner = self.shell.owner
        if owner is None:
            return False
        try:
            self._sender.confirm(outgoing, owner)
        except NotWritten as error:
            self.shell.warn(str(error))
            return False
        return True

    def _undo(self, row: Row) -> None:
        if row.state is State.PENDING:
            self._sender.withdraw(row)
        elif row.state is State.ACKED:
            self._confirm(of_reversal(row, "Desfeito no cadastro"))

    def _undo_newest(self) -> None:
        row = self._recent.newest_undoable()
        if row is not None:
            self._undo(row)

    def _queue_changed(self, was_accepted: bool) -> None:  # a callback's one argument
        self._show_queue()
        if was_accepted:
            self._heartbeat.ask_now()

    def _show_queue(self) -> None:
        self._recent.show(self._sender.rows)
        waiting = self._sender.waiting
        sent_at = self._sender.last_sent_at
        parts = [f"⇡ fila {len(waiting)}", *self._others_waiting(waiting)]
        if sent_at is not None:
            parts.append(f"último envio {format_time(sent_at)[:5]}")
        self.shell.status.show_work(" · ".join(parts), kind="Warn" if waiting else "Quiet")

    def _others_waiting(self, waiting: list[Row]) -> list[str]:
        """ "3 de maria aguardam a senha de maria em 127.0.0.1:5000", for each of the others."""
        if self.shell.owner is None:
            return []
        counts = Counter(row.owner for row in waiting if row.owner != self.shell.owner)
        return [
            f"{count} de {owner.name} aguardam a senha de {owner.name} em {host_and_port(owner.server)}"
            for owner, count in counts.items()
        ]

    # --- commands -----------------------------------------------------------------------

    @property
    def _is_making_product(self) -> bool:
        return bool(self._product.frame.winfo_manager())

    def _start(self, kind: RecordedKind) -> None:
        self._pages.close()
        self._leave_product()
        self._movement.start(kind)

    def _find(self) -> None:
        self._pages.close()
        self._list.focus_search()

    def _submit(self) -> None:
        if self._pages.page is not None:
            self._pages.page.submit()
        elif self._is_making_product:
            self._product.submit()
        else:
            self._movement.submit()

    def _export(self) -> None:
        if self._pages.page is not None:
            self._pages.page.export()

    def _cancel(self) -> None:
        if self._pages.page is not None:
            self._pages.close()
        elif self._is_making_product:
            self._leave_product()
        else:
            self._movement.clear()

    def _new_product(self, name: str = "") -> None:
        self._pages.close()
        self._movement.frame.grid_remove()
        self._product.frame.grid()
        self._product.start(name)

    def _leave_product(self) -> None:
        if self._is_making_product:
            self._product.frame.grid_remove()
            self._movement.frame.grid()
            self._movement.focus()

    def _created(self, product: Product) -> None:
        self._leave_product()
        self._movement.choose(product)
        self._heartbeat.ask_now()

    def _use_product(self, product_id: str) -> None:
        product = self._catalog.find(product_id)
        if product is not None:
            self._leave_product()
            self._movement.choose(product)

    def _describe(self, product_id: str) -> str:
        product = self._catalog.find(product_id)
        code = display_code(product_id)
        return f"{product.name} ({code})" if product else f"um produto com este nome ou código ({code})"
