"""*Dia do usuário*: a person's events of one day. Managers may look at other people's days, too."""

import tkinter as tk
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http import HTTPStatus

from almoxarife.brazil import format_date
from almoxarife.clients.api.client import DayResponse
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.history import day as days
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.file_dialogs import ask_where
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Combobox, Field, Frame, Label, on_enter, say
from almoxarife.files import disk_reason
from almoxarife.wire.accounts import Role

_COLUMNS = (
    Column("hora", "Hora", 100),
    Column("evento", "Evento", 300, stretches=True),
    Column("resultado", "Resultado", 120),
)
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class _Shown:
    name: str
    day: date
    response: DayResponse


class DayPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, "Dia do usuário")
        self._names = self.new_call("nomes")
        self._events = self.reading = self.new_call("dia")
        self._shown: _Shown | None = None
        self._build()

    def opened(self) -> None:
        user = self._shell.user
        if user is None:
            return
        sees_only_own = not user.role.includes(Role.MANAGER)
        self._name.set(user.username)
        self._who.configure(values=[user.username], state="disabled" if sees_only_own else "normal")
        self._day.text = format_date(self._shell.today())
        if not sees_only_own:
            self._names.ask(
                lambda api: days.list_names(api, user),
                then=lambda names: self._who.configure(values=names),
                failed=lambda _: None,  # A name can be typed.
            )
        first = self._day.entry if sees_only_own else self._who
        first.focus_set()
        first.selection_range(0, "end")
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._show(None)

    def submit(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        name, day = self._name.get().strip(), self._read_day()
        self._say_wrong_name("" if name else "Digite o nome de usuário.")
        if not name or day is None:
            return
        self._events.ask(
            lambda api: api.user_day(name, day),
            then=lambda response: self._show(_Shown(name, day, response)),
            failed=self._refused,
        )

    def export(self) -> None:
        """Save the server's response unchanged."""
        shown = self._shown
        if shown is None:
            return
        name = days.file_name(shown.name, shown.day)
        file = ask_where(self.frame, title="Exportar o dia", name=name, kinds={"JSON": ".json"})
        if file is None:
            return
        try:
            file.write_bytes(shown.response.content)
        except OSError as error:
            say(self._message, "Bad", f"Não foi possível gravar em {file} ({disk_reason(error)}). Escolha outra pasta.")
        else:
            say(self._message, "Good", f"Salvo em {file}")

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(2, weight=1)
        self._build_questions()
        self._summary = Label(body, style="Strong.TLabel", justify="left")
        self._list = VirtualList(body, _COLUMNS, theme, colours=lambda t: {"error": t.danger, "system": t.muted})
        foot = Frame(body)
        foot.columnconfigure(0, weight=1)
        self._message = Label(foot, justify="left")
        self._export = Button(foot, text="Exportar JSON…  Ctrl+E", command=self.export)
        self._message.grid(row=0, column=0, sticky="ew")
        self._export.grid(row=0, column=1, padx=(8, 0))
        foot.bind("<Configure>", lambda event: self._wrap_message(event.width))
        self._summary.grid(row=1, column=0, sticky="ew", pady=(12, 0))
        self._list.frame.grid(row=2, column=0, sticky="nsew", pady=(6, 0))
        foot.grid(row=3, column=0, sticky="ew", pady=(8, 0))

    def _build_questions(self) -> None:
        bar = Frame(self.body)
        bar.grid(row=0, column=0, sticky="ew")
        who = Frame(bar)
        self._name = tk.StringVar(master=who)
        Label(who, text="Usuário").grid(row=0, column=0, sticky="w")
        self._who = Combobox(who, textvariable=self._name, width=24)
        self._who.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        self._wrong_name = Label(who, style="Bad.TLabel", justify="left")
        self._wrong_name.grid(row=2, column=0, sticky="w")
        self._day = Field(bar, "Dia")
        self._day.entry.configure(width=12)
        steps = Frame(bar)
        Label(steps).grid(row=0, column=0)  # an empty label, for alignment with the fields beside it
        moves = (
            ("◀ Antes", partial(self._step, -_ONE)),
            ("Depois ▶", partial(self._step, _ONE)),
            ("Hoje", self._go_today),
        )
        for column, (text, act) in enumerate(moves):
            Button(steps, text=text, command=act).grid(row=1, column=column, padx=(12, 0), pady=(2, 0))
        for column, widget in enumerate((who, self._day.frame, steps)):
            widget.grid(row=0, column=column, sticky="n", padx=(12 if column == 1 else 0, 0))
        self._who.bind("<<ComboboxSelected>>", lambda _: self.refresh())
        on_enter(self._who, self.refresh)
        on_enter(self._day.entry, self.refresh)
        self._day.entry.bind("<Up>", lambda _: self._step(_ONE))
        self._day.entry.bind("<Down>", lambda _: self._step(-_ONE))

    def _wrap_message(self, width: int) -> None:
        self._message.configure(wraplength=max(120, width - self._export.winfo_reqwidth() - 16))

    # --- the day ----------------------------------------------------------------------

    def _read_day(self) -> date | None:
        try:
            day = days.read_day(self._day.text, self._shell.today())
        except ValueError as error:
            self._day.show_error(str(error))
            self._day.focus(select=True)
            return None
        self._day.show_error(None)
        return day

    def _step(self, step: timedelta) -> str:
        day = self._read_day()
        if day is not None:
            self._go(min(day + step, self._shell.today()))
        return "break"

    def _go_today(self) -> None:
        self._go(self._shell.today())

    def _go(self, day: date) -> None:
        self._day.text = format_date(day)
        self.refresh()

    # --- the response -------------------------------------------------------------------

    def _show(self, shown: _Shown | None) -> None:
        self._shown = shown
        say(self._message, "Quiet", "")
        self._list.show(days.rows_of(shown.response.day) if shown else [], first=0)
        self._summary.configure(text=days.summed_up(shown.name, shown.day, shown.response.day) if shown else "")
        self._export.state(["!disabled" if shown else "disabled"])

    def _refused(self, error: ApiError) -> None:
        """Remove an older response: it is not what was asked for now."""
        self._show(None)
        if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            self._say_wrong_name(error.message)
        else:
            say(self._message, "Bad", error.message)

    def _say_wrong_name(self, sentence: str) -> None:
        say(self._wrong_name, "Bad", sentence)
        self._who.state(["invalid" if sentence else "!invalid"])
        if sentence:
            self._who.focus_set()
            self._who.selection_range(0, "end")
