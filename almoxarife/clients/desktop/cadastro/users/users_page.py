"""*Usuários*, for administrators: approve people, set role and shops, deactivate, make temporary passwords."""

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.server_call import describe_failed_change
from almoxarife.clients.desktop.cadastro.users import words as users
from almoxarife.clients.desktop.cadastro.users.personal_data_panel import PersonalDataPanel
from almoxarife.clients.desktop.cadastro.users.shop_checklist import ShopChecklist
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Combobox, Frame, Label, Tabs, show_if, stack
from almoxarife.wire.accounts import Role, TemporaryPassword, User, UserChange

_COLUMNS = (
    Column("nome", "Usuário", 150, stretches=True),
    Column("situacao", "Situação", 168),
    Column("papel", "Papel", 116, gives_way=3),
    Column("lojas", "Lojas", 150, gives_way=1),
    Column("acesso", "Último acesso", 152, gives_way=2),
)
_PANEL_PX = 290
_OWN = "Esta é a sua conta: o papel dela, só outro administrador muda; a senha você troca em Minha conta (F6)."
_ALL_SHOPS = "Administradores veem todas as lojas."
_ACCESS, _DATA = "Acesso", "Dados"


@dataclass(frozen=True)
class Loaded:
    users: list[User]
    shops: dict[str, str]
    """Names by id."""


def load(api: ApiClient) -> Loaded:
    return Loaded(users.in_order(api.users()), {shop.id: shop.name for shop in api.shops()})


class UsersPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Usuários")
        self._listing = self.reading = self.new_call("usuarios")
        self._change = self.new_call("usuario")
        self._users: dict[str, User] = {}
        self._shops: dict[str, str] = {}
        self._chosen: User | None = None
        self._is_busy = False
        self._build()

    def opened(self) -> None:
        self._list.tree.focus_set()
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._is_busy = False
        self._chosen = None
        self._list.select(None)
        self._show_user()
        self._foot.say("Quiet", "")

    def refresh(self) -> None:
        self._listing.ask(load, then=self._loaded, failed=self._not_loaded)

    def server_answered(self) -> None:
        if not self._users:  # loading again would drop changes that are not saved yet
            super().server_answered()

    def submit(self) -> None:
        """Save, approve or reactivate, as the main button says."""
        user = self._chosen
        if self._tabs.key == _DATA:
            if not self._is_busy:
                self._data.submit()
            return
        if user is None or self._is_busy or not users.offer_for(user, self._my_id()).main:
            return
        role = self._role
        if role is not Role.ADMIN and not self._checklist.chosen:
            self._checklist.show_error("Escolha pelo menos uma loja.")
            return
        change = users.change_of(user, role, self._checklist.chosen)
        if change is None:
            self._foot.say("Quiet", "Nada mudou.")
        else:
            self._send(user, change)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(0, weight=1)
        self._list = VirtualList(
            body,
            _COLUMNS,
            theme,
            colours=lambda t: {"pending": t.warning, "inactive": t.muted},
            selection_changed=self._selection_changed,
        )
        self._side = Frame(body)
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        self._side.grid(row=0, column=1, sticky="nsew", padx=(16, 0))
        self._foot = Footer(body, home=lambda: self._list.tree)
        self._foot.frame.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(8, 0))
        self._build_side()
        self._restyle()
        theme.on_change(self._restyle)
        self._show_user()

    def _build_side(self) -> None:
        self._name = Label(self._side, style="Strong.TLabel")
        self._name.grid(row=0, column=0, sticky="w")  # beside the tabs: on a low screen there is little room for shops
        self._tabs = Tabs(self._side, {tab: tab for tab in (_ACCESS, _DATA)}, chosen=self._show_tab)
        tabs = self._tabs.frame
        tabs.grid(row=0, column=1, sticky="ne", padx=(8, 0))
        tabs.bind("<Configure>", lambda event: self._name.configure(wraplength=self._width - event.width - 8))
        self._spacer = Frame(self._side, height=0)
        self._spacer.grid(row=2, column=0, columnspan=2)
        self._access = Frame(self._side)
        self._data = PersonalDataPanel(
            self._side,
            server_call=self.new_call("usuario-dados"),
            foot=self._foot,
            my_id=self._my_id,
            save=self._send,
            changed=self._data_changed,
        )
        for panel in (self._access, self._data.frame):
            panel.grid(row=1, column=0, columnspan=2, sticky="nsew", pady=(6, 0))
        self._side.columnconfigure(0, weight=1)
        self._side.rowconfigure(1, weight=1)
        self._build_access(self._access)
        self._show_tab(_ACCESS)

    def _show_tab(self, tab: str) -> None:
        show_if(tab == _ACCESS, self._access)
        show_if(tab == _DATA, self._data.frame)

    def _build_access(self, side: Any) -> None:
        self._about = Label(side, style="Quiet.TLabel", justify="left")
        self._role_name = tk.StringVar(master=side)
        role = Frame(side)
        role.columnconfigure(1, weight=1)
        Label(role, text="Papel").grid(row=0, column=0, padx=(0, 8))
        self._roles = Combobox(role, textvariable=self._role_name, values=list(users.ROLE.values()), state="readonly")
        self._roles.grid(row=0, column=1, sticky="ew")
        self._roles.bind("<<ComboboxSelected>>", lambda _: self._role_chosen())
        self._may = Label(side, style="Quiet.TLabel", justify="left")
        self._checklist = ShopChecklist(side, px=self._theme.px)
        self._main = Button(side, style="Main.TButton", command=self.submit)
        others = Frame(side)  # side by side: with large text there is little room for the shops
        self._other = Button(others, command=partial(self._ask_first, users.ask_removal, self._remove))
        ask_password = partial(self._ask_first, users.ask_password, self._make_password)
        self._password = Button(others, text="Senha temporária…", command=ask_password)
        for column, button in enumerate((self._other, self._password)):
            others.columnconfigure(column, weight=1)
            button.grid(row=0, column=column, sticky="ew", padx=(6 * column, 0))
        order = [
            (self._about, 0), (role, 8), (self._may, 2), (self._checklist.frame, 8), (self._main, 10), (others, 6),
        ]  # fmt: skip
        stack(order)
        self._checklist.frame.grid_configure(sticky="nsew")
        side.columnconfigure(0, weight=1)
        side.rowconfigure(3, weight=1)

    @property
    def _width(self) -> int:
        return self._theme.px(_PANEL_PX)

    def _restyle(self) -> None:
        width = self._width
        self._spacer.configure(width=width)
        self._data.wrap(width)
        for label in (self._about, self._may):
            label.configure(wraplength=width)

    # --- the list ---------------------------------------------------------------------

    def _loaded(self, loaded: Loaded) -> None:
        """Show the list, keeping the selection."""
        self._foot.loaded()
        self._shops = loaded.shops
        self._users = {user.id: user for user in loaded.users}
        self._show_users()
        chosen = self._users.get(self._list.selected or "") or next(iter(self._users.values()), None)
        self._list.select(chosen.id if chosen else None)
        self._chosen = chosen
        self._show_user()

    def _not_loaded(self, error: ApiError) -> None:
        self._foot.say_not_loaded(error.message)

    def _show_users(self) -> None:
        everybody = users.in_order(self._users.values())
        self.title.configure(text=users.counted(everybody))
        self._list.show([users.row_of(user, self._shops, self._shell.zone) for user in everybody])

    def _selection_changed(self, user_id: str) -> None:
        self._chosen = self._users[user_id]
        self._foot.say("Quiet", "")
        self._show_user()

    # --- the person -------------------------------------------------------------------

    @property
    def _role(self) -> Role:
        return next(role for role, name in users.ROLE.items() if name == self._role_name.get())

    def _my_id(self) -> str:
        return self._shell.user.id if self._shell.user else ""

    def _show_user(self) -> None:
        user = self._chosen
        if user is None:
            self._side.grid_remove()
            return
        self._side.grid()
        offer = users.offer_for(user, self._my_id())
        self._name.configure(text=user.username)
        self._about.configure(text=users.about(user, self._shell.zone))
        self._data.show(user, self._shops)
        self._role_name.set(users.ROLE[user.role])
        self._roles.state(["!disabled" if offer.main else "disabled"])
        self._checklist.show(self._shops, frozenset(user.shops))
        self._role_chosen()
        self._main.configure(text=f"{offer.main}  Ctrl+Enter")
        self._other.configure(text=f"{offer.other}…")
        show_if(offer.main, self._main)
        show_if(offer.other, self._other)
        show_if(offer.has_password, self._password)

    def _role_chosen(self) -> None:
        user = self._chosen
        if user is None:
            return
        self._roles.selection_clear()
        is_own = user.id == self._my_id()
        self._may.configure(text=_OWN if is_own else users.MAY[self._role])
        is_everywhere = self._role is Role.ADMIN
        self._checklist.let_choose(not (is_own or is_everywhere), because=_ALL_SHOPS if is_everywhere else "")

    # --- actions ----------------------------------------------------------------------

    def _ask_first(self, question: Callable[[User], str], act: Callable[[User], None]) -> None:
        user = self._chosen
        if user is not None and not self._is_busy:
            self._foot.ask("Warn", question(user), yes=("Sim", partial(act, user)))

    def _remove(self, user: User) -> None:
        self._send(user, users.removal())

    def _send(self, user: User, change: UserChange) -> None:
        self._set_busy(True)
        self._change.ask(
            lambda api: api.change_user(user.id, change), then=partial(self._changed, user), failed=self._refused
        )

    def _changed(self, before: User, after: User) -> None:
        self._set_busy(False)
        self._users[after.id] = after
        self._show_users()
        if self._chosen is not None and self._chosen.id == after.id:
            self._chosen = after
            self._show_user()
        self._foot.say("Good", users.outcome(before, after))
        self._list.tree.focus_set()

    def _data_changed(self, outcome: str) -> None:
        """After a change made in the tab *Dados*, ask the server for the list again."""

        def show(loaded: Loaded) -> None:
            self._loaded(loaded)
            self._foot.say("Good", outcome)

        self._foot.say("Good", outcome)
        self._list.tree.focus_set()
        self._listing.ask(load, then=show, failed=self._not_loaded)

    def _make_password(self, user: User) -> None:
        self._set_busy(True)
        self._change.ask(
            lambda api: api.reset_password(user.id), then=partial(self._show_password, user), failed=self._refused
        )

    def _show_password(self, user: User, response: TemporaryPassword) -> None:
        self._set_busy(False)
        self._foot.ask(
            "Good",
            users.tell_password(user, response, self._shell.zone),
            secret=response.password,
            yes=("Copiar", partial(self._copy_password, response.password)),
            no="Já anotei",
        )
        self.refresh()

    def _copy_password(self, password: str) -> None:
        self._shell.copy(password)
        self._foot.yes.configure(text="✓ Copiada")

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        self._foot.say("Bad", describe_failed_change(error))

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        if is_busy:
            self._foot.say("Quiet", "Um momento…")
