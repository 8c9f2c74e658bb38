"""The tab *Dados* of *Usuários*: full name, usual shop, link to another program, erasing a person."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.server_call import ServerCall, describe_failed_change
from almoxarife.clients.desktop.cadastro.users import personal_data
from almoxarife.clients.desktop.cadastro.users.personal_data import NO_SHOP, PersonalData
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.clients.desktop.kit.widgets import Button, Choice, Field, Frame, Label, on_enter, show_if, stack
from almoxarife.wire.accounts import User, UserChange
from almoxarife.wire.fields import fold
from almoxarife.wire.programs.directory import DirectoryPerson

_UNKNOWN = "Nenhuma pessoa do outro programa tem este número."


class PersonalDataPanel:
    """``save`` sends a change of the person; ``changed`` is called with a sentence after a change made here."""

    def __init__(
        self,
        parent: Any,
        *,
        server_call: ServerCall,
        foot: Footer,
        my_id: Callable[[], str],
        save: Callable[[User, UserChange], None],
        changed: Callable[[str], None],
    ) -> None:
        self._server_call = server_call
        self._foot = foot
        self._my_id = my_id
        self._save = save
        self._changed = changed
        self._user: User | None = None
        self._shops: Mapping[str, str] = {}
        self.frame = Frame(parent)
        self._build()

    def show(self, user: User, shops: Mapping[str, str]) -> None:
        self._user, self._shops = user, shops
        form = personal_data.form_of(user, shops)
        self._name.text = form.full_name
        self._name.show_error(None)
        self._usual.text = form.usual_shop
        self._usual.offer([NO_SHOP, *sorted(shops.values(), key=fold)])
        self._about.configure(text=personal_data.about(user))
        self._linked.configure(text=personal_data.linked(user))
        self._number.text = str(user.directory_numbers[0]) if user.directory_numbers else ""
        self._number.show_error(None)
        show_if(user.id != self._my_id(), self._erase)

    def submit(self) -> None:
        user = self._user
        if user is None:
            return
        try:
            change = personal_data.change_of(user, PersonalData(self._name.text, self._usual.text), self._shops)
        except FormInvalid as invalid:
            self._name.show_error(invalid.errors.get("nome"))
            self._name.focus(select=True)
            return
        self._name.show_error(None)
        if change is None:
            self._foot.say("Quiet", "Nada mudou.")
        else:
            self._save(user, change)

    def wrap(self, width: int) -> None:
        for label in (self._about, self._linked):
            label.configure(wraplength=width)

    def _build(self) -> None:
        frame = self.frame
        frame.columnconfigure(0, weight=1)
        self._name = Field(frame, "Nome completo")
        self._about = Label(frame, style="Quiet.TLabel", justify="left")
        self._usual = Choice(frame, "Loja usual de um administrador")
        self._main = Button(frame, text="Salvar  Ctrl+Enter", style="Main.TButton", command=self.submit)
        other = Frame(frame)
        other.columnconfigure(0, weight=1)
        self._number = Field(other, "Número no outro programa")
        self._link = Button(other, text="Ligar…", command=self._begin_link)
        self._number.frame.grid(row=0, column=0, sticky="new")
        self._link.grid(row=0, column=1, sticky="s", padx=(8, 0))
        self._linked = Label(frame, style="Quiet.TLabel", justify="left")
        self._erase = Button(frame, text="Apagar dados…", command=self._ask_erase)
        order = [
            (self._name.frame, 0), (self._about, 2), (self._usual.frame, 6), (self._main, 8), (other, 12),
            (self._linked, 2), (self._erase, 8),
        ]  # fmt: skip
        stack(order)
        on_enter(self._name.entry, self.submit)
        on_enter(self._number.entry, self._begin_link)
        self._number.variable.trace_add("write", lambda *_: self._name_link())

    # --- another program's number -----------------------------------------------------

    def _name_link(self) -> None:
        numbers = self._user.directory_numbers if self._user else []
        is_linked = self._number.text.strip() in map(str, numbers)
        self._link.configure(text="Desligar…" if is_linked else "Ligar…")

    def _begin_link(self) -> None:
        user = self._user
        if user is None:
            return
        try:
            number = personal_data.parse_number(self._number.text)
        except FormInvalid as invalid:
            self._number.show_error(invalid.errors["numero"])
            self._number.focus(select=True)
            return
        self._number.show_error(None)
        if number in user.directory_numbers:
            act = partial(self._do, lambda api: api.unlink_directory_person(user.id, number), "Ligação desfeita.")
            self._foot.ask("Warn", personal_data.ask_unlink(user, number), yes=("Desligar", act))
        else:
            self._server_call.ask(
                lambda api: api.directory_person(number), then=partial(self._ask_link, user), failed=self._refused
            )

    def _ask_link(self, user: User, other: DirectoryPerson | None) -> None:
        if other is None:
            self._number.show_error(_UNKNOWN)
            self._number.focus(select=True)
            return
        act = partial(
            self._do, lambda api: api.link_directory_person(user.id, other.id), f"{user.username} foi ligada."
        )
        self._foot.ask("Warn", personal_data.ask_link(user, other), yes=("Ligar", act))

    # --- erasing ----------------------------------------------------------------------

    def _ask_erase(self) -> None:
        user = self._user
        if user is not None:
            act = partial(self._do, lambda api: api.erase_user(user.id), f"Os dados de {user.username} foram apagados.")
            self._foot.ask(
                "Warn",
                personal_data.ask_erasing(user),
                yes=("Apagar para sempre", act),
                no="Não apagar",
                is_final=True,
            )

    def _do(self, call: Callable[[ApiClient], None], outcome: str) -> None:
        self._foot.say("Quiet", "Um momento…")
        self._server_call.ask(call, then=lambda _: self._changed(outcome), failed=self._refused)

    def _refused(self, error: ApiError) -> None:
        self._foot.say("Bad", describe_failed_change(error))
