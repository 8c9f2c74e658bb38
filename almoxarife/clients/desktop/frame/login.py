"""The login panel: log in, create an account, replace a temporary password, set the server's address.

It covers the screen, which keeps its contents. ``kit.forms`` validates what is typed. A wrong password
stays in its field, selected, to be typed over.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from almoxarife.clients.api.address import is_loopback
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.server_line import ServerLine
from almoxarife.clients.desktop.kit import forms
from almoxarife.clients.desktop.kit.focus import keep_tab_inside
from almoxarife.clients.desktop.kit.widgets import (
    Button,
    Field,
    Frame,
    Label,
    SecretField,
    on_enter,
    say,
    show_if,
    stack,
)
from almoxarife.wire.accounts import AccountState, LoggedIn, Registered

CARD_WIDTH_PX = 400
_PADDING_PX, _TIGHT_PX = 28, 8
_RIM_PX = 2
_FIRST_ACCOUNT = "Se é a primeira conta deste servidor, crie outra com o código de instalação."
_FIRST_IS_ADMIN = "Só a primeira conta deste servidor é a do administrador."
_NEEDS_APPROVAL = "A conta vale depois que o administrador aprovar."
_CODE_HINT = "Só para a primeira conta: está na janela do servidor."


class Mode(Enum):
    """What the panel asks for; the value is the label of its main button."""

    LOGIN = "Entrar"
    CREATE = "Criar conta e entrar"
    REPLACE_PASSWORD = "Trocar a senha e entrar"  # noqa: S105  # a label


_BUSY = {Mode.LOGIN: "Entrando…", Mode.CREATE: "Criando conta…", Mode.REPLACE_PASSWORD: "Trocando a senha…"}


class LoginPanel:
    """Calls ``entered`` after each successful login, and ``use_server`` with an address that was accepted."""

    def __init__(
        self,
        parent: Any,
        *,
        background: Background,
        api: Callable[[], ApiClient],
        use_server: Callable[[str], None],
        entered: Callable[[LoggedIn], None],
        invitation: str,
        px: Callable[[float], int],
    ) -> None:
        self._background = background
        self._api = api
        self._entered = entered
        self._invitation = invitation
        self._px = px
        self._mode = Mode.LOGIN
        self._is_busy = False
        self._pending: LoggedIn | None = None
        self._temporary = ""
        self._was_left_waiting = False
        self._is_tight = False
        self._focus_before: Any = None
        self._parent = parent
        self.cover = Frame(parent, style="Bar.TFrame")
        self._build(use_server)

    @property
    def is_open(self) -> bool:
        return bool(self.cover.winfo_manager())

    # --- showing and hiding -----------------------------------------------------------

    def open(self, *, user: str, notice: str = "", covers_all: bool) -> None:
        """Show the panel: over the whole window, or as a card over the screen when a session has ended."""
        if not self.is_open:
            self._focus_before = self._parent.focus_lastfor()
        self._title.configure(text="Entre de novo" if notice else forms.greeting(datetime.now().astimezone()))
        self._notice(notice)
        self._switch(Mode.LOGIN)
        if user and not self._user.text:
            self._user.text = user
        self._password.text = ""
        self.cover.place_forget()
        if covers_all:
            self.cover.place(relx=0, rely=0, relwidth=1, relheight=1)
        else:
            self.cover.place(relx=0.5, rely=0.5, anchor="center")
        self.cover.lift()
        (self._password if self._user.text else self._user).focus()
        self._server.start()

    def close(self) -> None:
        """Hide the panel. The focus goes back to where it was, such as the field of a page that stays open."""
        self._server.stop()
        self.cover.place_forget()
        self._password.text = self._again.text = self._code.text = ""
        before, self._focus_before = self._focus_before, None
        if before is not None and before.winfo_exists() and before.winfo_viewable():
            before.focus_set()

    # --- building ---------------------------------------------------------------------

    def _build(self, use_server: Callable[[str], None]) -> None:
        self._card = Frame(self.cover, style="Card.TFrame")
        self._card.place(relx=0.5, rely=0.5, anchor="center")
        self._card.bind("<Configure>", self._card_grew)
        self._title = Label(self._card, style="Title.TLabel")
        self._subtitle = Label(self._card, style="Quiet.TLabel", justify="left")
        self._message = Label(self._card, style="Warn.TLabel", justify="left")
        self._user = Field(self._card, "Usuário")
        self._again = Field(self._card, "Confirmar senha", secret=True)
        self._password = SecretField(self._card, "Senha", shown_with=(self._again,))
        self._code = Field(self._card, "Código de instalação", hint=_CODE_HINT)
        self._general = Label(self._card, style="Bad.TLabel", justify="left")
        self._main = Button(self._card, style="Main.TButton", command=self._submit)
        self._other = Button(self._card, style="Flat.TButton", command=self._swap)
        self._server = ServerLine(
            self._card,
            background=self._background,
            api=self._api,
            use_server=use_server,
            toggled=self._address_toggled,
        )
        self._arrange()
        self._bind()
        self.restyle()

    def _arrange(self) -> None:
        gap = self._px(10)
        order = [
            (self._title, 0),
            (self._subtitle, 2),
            (self._message, 4),
            (self._user.frame, gap),
            (self._password.frame, gap),
            (self._again.frame, gap),
            (self._code.frame, gap),
            (self._general, 6),
            (self._main, gap),
            (self._other, 6),
            (self._server.frame, gap),
        ]
        stack(order)
        for hidden in (self._message, self._again.frame, self._code.frame, self._general):
            hidden.grid_remove()

    def restyle(self) -> None:
        """After a change of the text size."""
        width = self._px(CARD_WIDTH_PX)
        self._card.columnconfigure(0, weight=1, minsize=width)
        for label in (self._subtitle, self._message, self._general):
            label.configure(wraplength=width)
        self._loosen()

    def _card_grew(self, event: Any) -> None:
        # The cover is as large as the card and its border, unless it covers the window.
        self.cover.configure(width=event.width + 2 * _RIM_PX, height=event.height + 2 * _RIM_PX)
        if not self._is_tight and self._card.winfo_reqheight() > self._parent.winfo_height() > 1:
            self._is_tight = True
            self._card.configure(padding=self._px(_TIGHT_PX))
            self._title.grid_remove()
            self._subtitle.grid_remove()

    def _loosen(self) -> None:
        """Show the greeting again, which ``_card_grew`` hides if large text leaves no room for the fields."""
        self._is_tight = False
        self._card.configure(padding=self._px(_PADDING_PX))
        self._title.grid()
        self._subtitle.grid()

    def _bind(self) -> None:
        for field in (self._user, self._password, self._again, self._code):
            on_enter(field.entry, partial(self._enter, field))
        keep_tab_inside(self._card)

    # --- modes ------------------------------------------------------------------------

    def _switch(self, mode: Mode) -> None:
        self._mode = mode
        self._clear_errors()
        self._loosen()
        shown = [self._user.frame, self._password.frame, self._main]
        if mode is not Mode.LOGIN:
            shown.append(self._again.frame)
        if mode is Mode.CREATE and self._may_need_code():
            shown.append(self._code.frame)
        if mode is not Mode.REPLACE_PASSWORD:
            shown.append(self._other)
        self._show_fields(shown)
        self._subtitle.configure(text=self._invitation if mode is not Mode.CREATE else self._describe_new_accounts())
        self._other.configure(text="Primeira vez? Criar conta" if mode is Mode.LOGIN else "Já tenho conta: entrar")
        self._password.label.configure(text="Senha nova" if mode is Mode.REPLACE_PASSWORD else "Senha")
        self._set_busy(False)

    def _show_fields(self, shown: Sequence[Any]) -> None:
        """Show these and hide the others; all are hidden while the server's address is typed."""
        fields = [field.frame for field in (self._user, self._password, self._again, self._code)]
        for widget in (*fields, self._main, self._other):
            show_if(widget in shown, widget)

    def _address_toggled(self, is_typed: bool) -> None:  # called by ServerLine
        if is_typed:
            self._show_fields(())
        else:
            self._switch(self._mode)
            (self._password if self._user.text else self._user).focus()

    def _describe_new_accounts(self) -> str:
        return _FIRST_IS_ADMIN if is_loopback(self._api().base_url) else _NEEDS_APPROVAL

    def _swap(self) -> None:
        self._switch(Mode.CREATE if self._mode is Mode.LOGIN else Mode.LOGIN)
        (self._password if self._user.text else self._user).focus()

    def _enter(self, at: Field) -> None:
        """Enter goes to the next empty field and submits at the last."""
        fields = [self._user, self._password, self._again, self._code]
        shown = [f for f in fields if f.frame.winfo_manager()]
        later = shown[shown.index(at) + 1 :]
        following = next((f for f in later if not f.text and f is not self._code), None)
        if following is None:
            self._submit()
        else:
            following.focus()

    def _submit(self) -> None:
        if self._is_busy:
            return
        self._clear_errors()
        try:
            {Mode.LOGIN: self._login, Mode.CREATE: self._create, Mode.REPLACE_PASSWORD: self._replace}[self._mode]()
        except forms.FormInvalid as invalid:
            self._show_errors(invalid.errors)

    def _login(self) -> None:
        sent = forms.credentials(self._user.text, self._password.text)
        self._set_busy(True)
        api = self._api()
        self._background.run(lambda: api.login(sent), then=self._logged_in, failed=self._refused, key="entrar")

    def _create(self) -> None:
        sent = forms.registration(self._user.text, self._password.text, self._again.text, self._code.text)
        self._set_busy(True)
        api = self._api()
        self._background.run(lambda: api.register(sent), then=self._created, failed=self._refused, key="entrar")

    def _replace(self) -> None:
        sent = forms.password_change(self._temporary, self._password.text, self._again.text)
        self._set_busy(True)
        api = self._api()
        self._background.run(
            lambda: api.change_password(sent), then=lambda _: self._finish(), failed=self._refused, key="entrar"
        )

    # --- responses --------------------------------------------------------------------

    def _created(self, account: Registered) -> None:
        if account.state is AccountState.ACTIVE:
            self._switch(Mode.LOGIN)
            self._login()
            return
        self._was_left_waiting = True
        self._switch(Mode.LOGIN)
        self._notice(f"{account.message} {_FIRST_ACCOUNT}")

    def _may_need_code(self) -> bool:
        """On another machine than the server's, or after an account had to wait for approval."""
        return self._was_left_waiting or not is_loopback(self._api().base_url)

    def _logged_in(self, response: LoggedIn) -> None:
        self._pending = response
        if response.user.must_change_password:
            self._temporary = self._password.text
            self._password.text = ""
            self._switch(Mode.REPLACE_PASSWORD)
            self._notice("Esta senha é temporária. Escolha uma senha sua para continuar.")
            self._password.focus()
            return
        self._finish()

    def _finish(self) -> None:
        response, self._pending = self._pending, None
        self._set_busy(False)
        self.close()
        if response is not None:
            self._entered(response)

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.errors:
            self._show_errors({wrong.field: wrong.message for wrong in error.errors})
        elif error.status == 401:
            self._show_errors({"password": error.message})
        elif error.status == 409:
            self._show_errors({"username": f"{error.message} Escolha outro nome ou entre com ele."})
        elif error.code == "codigo-incorreto":
            self._show_errors({"codigo": error.message})
        else:
            self._say_general(error.message)

    def _show_errors(self, errors: dict[str, str]) -> None:
        """Show each message below its field and focus the first of them."""
        places = {
            "username": self._user,
            "password": self._password,
            "senha_nova": self._password,
            "confirmar": self._again,
            "codigo": self._code,
        }
        shown = [(places[name], message) for name, message in errors.items() if name in places]
        for field, message in reversed(shown):
            field.show_error(message)
            field.focus(select=True)
        self._say_general(" ".join(message for name, message in errors.items() if name not in places))

    def _clear_errors(self) -> None:
        for field in (self._user, self._password, self._again, self._code):
            field.show_error(None)
        self._say_general("")

    def _notice(self, text: str) -> None:
        say(self._message, "Warn", text)
        show_if(text, self._message)

    def _say_general(self, text: str) -> None:
        say(self._general, "Bad", text)
        show_if(text, self._general)

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._main.configure(text=_BUSY[self._mode] if is_busy else f"{self._mode.value}  (Enter)")
        self._main.state(["disabled" if is_busy else "!disabled"])
