"""*Minha conta*: who is logged in, role, shops and server; changing the password."""

from functools import partial
from typing import Any

from almoxarife.clients.api.address import host_and_port
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.users import words
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit import forms
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, SecretField, on_enter, say, stack
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.stores import Shop

_CHANGED = "Senha trocada. O monitor e os outros computadores em que você entrou vão pedir a senha nova."
_UNSURE = "Tente de novo; se a senha atual não conferir mais, a nova já está valendo."


class AccountPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Minha conta")
        self._shops = self.reading = self.new_call("lojas")
        self._change = self.new_call("senha")
        self._is_busy = False
        self._build()

    def opened(self) -> None:
        user = self._shell.user
        if user is None:
            return
        self._name.configure(text=user.username)
        self._may.configure(text=f"{words.ROLE[user.role]}. {words.MAY[user.role]}")
        self._where.configure(text=f"Servidor: {host_and_port(self._shell.api.base_url)}")
        self._say_shops(user, None)
        self._ask_shops()
        self._set_busy(False)
        self._current.focus()

    def closed(self) -> None:
        super().closed()
        for field in self._fields.values():
            field.text = ""
            field.show_error(None)
        self._say("Quiet", "")

    def refresh(self) -> None:
        self._ask_shops()

    def submit(self) -> None:
        if self._is_busy:
            return
        self._say("Quiet", "")
        try:
            sent = forms.password_change(self._current.text, self._new.text, self._again.text)
        except forms.FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._show_errors({})
        self._set_busy(True)
        self._change.ask(lambda api: api.change_password(sent), then=lambda _: self._done(), failed=self._refused)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        """Two columns, because one would be too long with large text."""
        for column in (0, 1):
            self.body.columnconfigure(column, weight=1, uniform="halves")
        who, change = Frame(self.body), Frame(self.body)
        who.grid(row=0, column=0, sticky="new", padx=(0, 24))
        change.grid(row=0, column=1, sticky="new")
        self._name = Label(who, style="Strong.TLabel")
        self._may = Label(who, style="Quiet.TLabel", justify="left")
        self._in_shops = Label(who, style="Quiet.TLabel", justify="left")
        self._where = Label(who, style="Quiet.TLabel", justify="left")
        _fill(who, [(self._name, 0), (self._may, 4), (self._in_shops, 8), (self._where, 8)])
        heading = Label(change, text="Trocar a senha", style="Strong.TLabel")
        self._new = Field(change, "Senha nova", secret=True)
        self._again = Field(change, "Confirmar senha nova", secret=True)
        self._current = SecretField(change, "Senha atual", shown_with=(self._new, self._again))
        self._button = Button(change, style="Main.TButton", command=self.submit)
        self._message = Label(change, justify="left")
        fields = [(field.frame, 8) for field in self._fields.values()]
        _fill(change, [(heading, 0), *fields, (self._button, 14), (self._message, 10)])
        for field in self._fields.values():
            on_enter(field.entry, partial(self._enter, field))

    @property
    def _fields(self) -> dict[str, Field]:
        """By wire name, in reading order."""
        return {"senha_atual": self._current, "senha_nova": self._new, "confirmar": self._again}

    def _enter(self, at: Field) -> None:
        """Enter goes to the next field and submits at the last."""
        fields = list(self._fields.values())
        if at is fields[-1]:
            self.submit()
        else:
            fields[fields.index(at) + 1].focus(select=True)

    # --- the shops --------------------------------------------------------------------

    def _ask_shops(self) -> None:
        self._shops.ask(lambda api: api.shops(), then=self._shops_came, failed=lambda _: None)

    def _shops_came(self, shops: list[Shop]) -> None:
        user = self._shell.user
        if user is not None:
            self._say_shops(user, {shop.id: shop.name for shop in shops})

    def _say_shops(self, user: LoggedInUser, names: dict[str, str] | None) -> None:
        if names is None:
            text = f"{len(user.shops)}"
        elif user.role is Role.ADMIN:
            text = f"todas ({words.name_shops(names, names)})"
        else:
            text = words.name_shops(user.shops, names)
        self._in_shops.configure(text=f"Lojas: {text}")

    # --- the password -----------------------------------------------------------------

    def _done(self) -> None:
        self._set_busy(False)
        for field in self._fields.values():
            field.text = ""
        self._say("Good", _CHANGED)
        self._current.focus()

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.code == "senha-atual-incorreta":
            self._show_errors({"senha_atual": error.message})
        elif error.errors:
            self._show_errors({wrong.field: wrong.message for wrong in error.errors})
        elif error.is_connection_fault:
            self._say("Bad", f"{error.message} {_UNSURE}")
        else:
            self._say("Bad", error.message)

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.show_error(errors.get(name))
        first = next((field for name, field in self._fields.items() if name in errors), None)
        if first is not None:
            first.focus(select=True)
        self._say("Bad", " ".join(text for name, text in errors.items() if name not in self._fields))

    def _say(self, kind: str, text: str) -> None:
        say(self._message, kind, text)

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._button.configure(text="Trocando a senha…" if is_busy else "Trocar a senha  Ctrl+Enter")
        self._button.state(["disabled" if is_busy else "!disabled"])


def _fill(column: Any, order: list[tuple[Any, int]]) -> None:
    """Place widgets below each other, each with the space above it; labels are wrapped."""
    column.columnconfigure(0, weight=1)
    stack(order)
    labels = [widget for widget, _ in order if widget.winfo_class() == "TLabel"]

    def wrap(event: Any) -> None:
        for label in labels:
            label.configure(wraplength=event.width)

    column.bind("<Configure>", wrap)
