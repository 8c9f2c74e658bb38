"""*Importar produtos*: choose a file, say what its columns are, have the server check it, confirm."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

from almoxarife.brazil import format_number
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.errand import Errand
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.importing import reading as import_reading
from almoxarife.clients.desktop.cadastro.importing import rows as import_rows
from almoxarife.clients.desktop.cadastro.importing import work as import_work
from almoxarife.clients.desktop.cadastro.importing.column_choice import ColumnChoice
from almoxarife.clients.desktop.cadastro.importing.listing import COLUMNS, as_listed
from almoxarife.clients.desktop.cadastro.importing.reading import DECIMALS, Choice
from almoxarife.clients.desktop.cadastro.importing.reading_choice import ReadingChoice
from almoxarife.clients.desktop.cadastro.importing.rows import Verdict
from almoxarife.clients.desktop.cadastro.importing.work import Work
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.preferences import PreferencesFile
from almoxarife.clients.desktop.kit.file_dialogs import ask_which
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX, Theme
from almoxarife.clients.desktop.kit.virtual_list import VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, Progressbar, on_enter, say
from almoxarife.tables.headings import NAME
from almoxarife.tables.reader import Table
from almoxarife.wire.catalog import ImportReport

_TICK_MS = 120
_PREVIEW = 200
_READING = "importar-ler"
_HINT = "CSV ou XLSX, com os títulos na primeira linha. Nada é gravado antes de você confirmar."
_STOPPED = "Cancelado: nada foi gravado."
_UNSURE = "Não se sabe se foi gravado. Importar de novo confere isso e não grava duas vezes."
_MOVED = "Nada foi gravado: os produtos mudaram desde a conferência. Confira o resultado novo e importe."


class _Step(Enum):
    FILE = "escolher"
    COLUMNS = "colunas"
    CHECKED = "conferido"
    DONE = "importado"


class ImportPage(Page):
    """``imported`` is called when products were written, ``tell`` hears of it where the page has been left."""

    def __init__(
        self,
        parent: Any,
        *,
        background: Background,
        errand: Errand,
        exporter: Exporter,
        theme: Theme,
        preferences: PreferencesFile,
        imported: Callable[[], None],
        tell: Callable[[bool, str], None],
    ) -> None:
        super().__init__(parent, "Importar produtos")
        self._background = background
        self._errand = errand
        self._exporter = exporter
        self._theme = theme
        self._preferences = preferences
        self._imported = imported
        self._tell = tell
        self._is_open = False
        self._step = _Step.FILE
        self._work: Work | None = None
        self._table: Table | None = None
        self._said_of_file = Choice()
        self._kind = ""
        self._verdict: Verdict | None = None
        self._key = ""
        self._build()

    # --- the page -----------------------------------------------------------------------

    def opened(self) -> None:
        self._is_open = True
        if self._work is None:
            self._forget_file()
        self._file.focus(select=True)

    def closed(self) -> None:
        """What can still be stopped is stopped; what the server is writing is told when it is done."""
        self._is_open = False
        self.cancel()

    def logged_in(self) -> None:
        self._errand.logged_in()

    def submit(self) -> None:
        if self._work is not None:
            return
        if self._step is _Step.FILE:
            self._read()
        elif self._step is _Step.COLUMNS:
            self._check()
        elif self._step is _Step.CHECKED:
            self._write()
        else:
            self.leave()

    def export(self) -> None:
        """The refused rows, with the reason beside each."""
        if self._table is not None and self._verdict is not None and self._verdict.refused:
            name = f"{Path(self._file.text).stem} recusados"
            self._exporter.export(name, import_rows.refused_sheet(self._table, self._verdict.refused))

    def cancel(self) -> None:
        """Where the server asked for the password first, it has written nothing either."""
        if self._work is not None and (self._errand.waits_for_login or self._work.cancel()):
            self._errand.forget()
            self._background.forget(_READING)
            self._end_work()
            say(self._said, "Quiet", _STOPPED)

    # --- building -----------------------------------------------------------------------

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(4, weight=1)
        self._file = Field(body, "Arquivo", hint=_HINT)
        choose = Button(self._file.frame, text="Escolher…", command=self._choose)
        choose.grid(row=1, column=1, padx=(8, 0), pady=(2, 0))
        on_enter(self._file.entry, self._read)
        self._file.variable.trace_add("write", lambda *_: self._retyped())
        self._reading = ReadingChoice(body, chosen=self._reread)
        self._choice = ColumnChoice(body, changed=self._remapped)
        self._said = Label(body, justify="left")
        self._list = VirtualList(
            body, COLUMNS, px=theme.px, row_height=lambda: theme.px(ROW_HEIGHT_PX), picked=self._tell_reason
        )
        self._reason = Label(body, justify="left")
        foot = self._build_foot()
        order = [
            self._file.frame,
            self._reading.frame,
            self._choice.frame,
            self._said,
            self._list.frame,
            self._reason,
            foot,
        ]
        for row, widget in enumerate(order):
            widget.grid(row=row, column=0, sticky="nsew", pady=(0 if row == 0 else 10, 0))
        body.bind("<Configure>", lambda event: self._wrap(event.width))
        self._restyle()
        theme.on_change(self._restyle)

    def _wrap(self, width: int) -> None:
        for label in (self._said, self._reason):
            label.configure(wraplength=max(200, width))

    def _build_foot(self) -> Any:
        foot = Frame(self.body)
        foot.columnconfigure(0, weight=1)
        self._bar = Progressbar(foot, maximum=100)
        self._stop = Button(foot, text="Cancelar", command=self.cancel)
        self._save = Button(foot, text="Salvar recusados…  Ctrl+E", command=self.export)
        self._main = Button(foot, style="Main.TButton", command=self.submit)
        self._bar.grid(row=0, column=0, sticky="ew", padx=(0, 12))
        self._stop.grid(row=0, column=1, padx=(0, 8))
        self._save.grid(row=0, column=2, padx=(0, 8))
        self._main.grid(row=0, column=3)
        return foot

    def _restyle(self) -> None:
        self._list.restyle()
        self._list.tree.tag_configure("refused", foreground=self._theme.tokens.danger)

    # --- the file -----------------------------------------------------------------------

    def _choose(self) -> None:
        file = ask_which(self.body, title="Escolher a planilha", kind="Planilhas", endings=(".xlsx", ".csv", ".txt"))
        if file is not None:
            self._file.text = str(file)
            self._read()

    def _retyped(self) -> None:
        """Another file: what is known of the one before says nothing about it."""
        if self._step is not _Step.FILE and self._work is None:
            self._go(_Step.FILE)

    def _forget_file(self) -> None:
        self._file.text = ""
        self._file.show_error(None)
        self._go(_Step.FILE)

    def _read(self, choice: Choice | None = None) -> None:
        """``choice`` is what a person has said of this very file."""
        if self._work is not None:
            return
        text = self._file.text.strip().strip('"')
        if not text:
            self._file.show_error("Escolha o arquivo, ou escreva onde ele está.")
            self._file.focus()
            return
        self._file.show_error(None)
        work = self._begin_work(Work("Lendo a planilha…"))
        known = {} if choice is not None else self._preferences.values.imports
        reading = partial(import_work.read_as_before, work, Path(text).expanduser(), choice or Choice(), known)
        kind = self._kind if choice is not None else ""
        self._background.run(reading, then=partial(self._was_read, kind), failed=self._failed, key=_READING)

    def _reread(self, name: str, value: str) -> None:
        self._said_of_file = self._said_of_file.say(name, value)
        if name != DECIMALS:
            self._read(self._said_of_file)
        else:
            self._remapped()

    def _was_read(self, kind: str, outcome: tuple[Table, Choice] | str | None) -> None:
        """``kind`` is the one as which it was read first."""
        self._end_work()
        if outcome is None:
            return
        if isinstance(outcome, str):
            self._go(_Step.FILE)
            self._file.show_error(outcome)
            self._file.focus(select=True)
            return
        self._table, self._said_of_file = outcome
        self._kind = kind or self._said_of_file.kind or import_reading.kind_of(self._table)
        self._reading.use(import_reading.list_options(self._table, self._said_of_file))
        self._choice.use(self._table, self._said_of_file.columns_of(self._table))
        self._go(_Step.COLUMNS)
        if NAME in self._choice.columns:
            self._main.focus_set()
        else:
            self._choice.focus_name()

    # --- the columns --------------------------------------------------------------------

    def _remapped(self) -> None:
        self._said_of_file = replace(self._said_of_file, columns=self._choice.columns)
        if self._work is None:
            self._go(_Step.COLUMNS)

    def _check(self) -> None:
        table = self._table
        if table is None:
            return
        if NAME not in self._choice.columns:
            say(self._said, "Bad", "Diga em qual coluna está o nome do produto.")
            self._choice.focus_name()
            return
        known = self._preferences.values.imports
        self._preferences.remember(imports=import_reading.remember(known, self._kind, self._said_of_file))
        work = self._begin_work(Work("Conferindo no servidor…"))
        columns, has_points = self._choice.columns, self._said_of_file.decimal_point
        self._errand.ask(
            lambda api: import_work.check(work, api, table, columns, decimal_point=has_points),
            then=self._was_checked,
            failed=self._failed,
        )

    def _was_checked(self, verdict: Verdict | None) -> None:
        self._end_work()
        if verdict is not None:
            self._show_verdict(verdict)

    def _show_verdict(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._key = str(uuid.uuid4())
        self._go(_Step.CHECKED)
        (self._main if verdict.writes else self._file.entry).focus_set()

    # --- writing ------------------------------------------------------------------------

    def _write(self) -> None:
        verdict, key = self._verdict, self._key
        if verdict is None or not verdict.writes:
            return
        work = self._begin_work(Work(f"Gravando {format_number(verdict.writes)} produtos…", writes=True))
        self._errand.ask(
            lambda api: import_work.write(work, api, verdict.good.values, key),
            then=partial(self._was_written, verdict),
            failed=self._write_failed,
        )

    def _was_written(self, verdict: Verdict, report: ImportReport | None) -> None:
        self._end_work()
        if report is None:
            return
        if not report.written:
            again = import_rows.judge(verdict.good, report)
            self._show_verdict(import_rows.with_earlier(again, verdict))
            say(self._said, "Warn", _MOVED)
            return
        self._imported()
        self._go(_Step.DONE)
        sentence = import_rows.written_sentence(report)
        if self._is_open:
            say(self._said, "Good", f"{sentence} {import_rows.advice(verdict)}".strip())
            self._main.focus_set()
        else:
            self._tell(True, sentence)

    def _write_failed(self, error: ApiError) -> None:
        self._failed(error)
        if error.is_worth_repeating:
            say(self._said, "Warn", f"{error.message} {_UNSURE}")

    # --- where it stands ----------------------------------------------------------------

    def _begin_work(self, work: Work) -> Work:
        self._work = work
        self._show_step()
        self._tick()
        return work

    def _end_work(self) -> None:
        self._work = None
        self._bar.stop()
        self._show_step()

    def _failed(self, error: ApiError) -> None:
        self._end_work()
        say(self._said, "Bad", error.message)

    def _tick(self) -> None:
        work = self._work
        if work is None:
            return
        say(self._said, "Quiet", work.sentence)
        self._bar.configure(mode="determinate" if work.percent is not None else "indeterminate")
        if work.percent is not None:
            self._bar.configure(value=work.percent)
        else:
            self._bar.step(7)
        self._stop.state(["disabled" if work.is_beyond_recall else "!disabled"])
        self.body.after(_TICK_MS, self._tick)

    def _go(self, step: _Step) -> None:
        self._step = step
        if step is _Step.FILE:
            self._table = None
            self._reading.use(())
        if step in {_Step.FILE, _Step.COLUMNS}:
            self._verdict = None
        self._show_step()
        self._show_rows()
        if self._table is not None and step is _Step.COLUMNS:
            say(self._said, "Warn" if self._table.notes else "Quiet", import_rows.read_sentence(self._table))
        elif self._verdict is not None and step is _Step.CHECKED:
            kind = "Warn" if self._verdict.refused or self._verdict.left_out else "Good"
            say(self._said, kind, import_rows.summary(self._verdict))
        elif step is _Step.FILE:
            say(self._said, "Quiet", "")

    def _show_step(self) -> None:
        verdict, is_busy = self._verdict, self._work is not None
        writes = verdict.writes if verdict is not None else 0
        label = {
            _Step.FILE: "Ler a planilha",
            _Step.COLUMNS: "Conferir",
            _Step.CHECKED: f"Importar {format_number(writes)} {'produto' if writes == 1 else 'produtos'}",
            _Step.DONE: "Concluir",
        }[self._step]
        self._main.configure(text=f"{label}  Ctrl+Enter")
        can_go_on = not is_busy and (self._step is not _Step.CHECKED or writes > 0)
        self._main.state(["!disabled" if can_go_on else "disabled"])
        self._choice.enable(is_enabled=self._table is not None and not is_busy)
        self._reading.enable(is_enabled=self._table is not None and not is_busy)
        self._show(self._stop, is_busy)
        self._show(self._bar, is_busy)
        self._show(self._save, not is_busy and verdict is not None and bool(verdict.refused))

    def _show_rows(self) -> None:
        """What was refused or left out, and why; before that how the file begins."""
        columns = self._choice.columns
        if self._table is None:
            rows = []
        elif self._verdict is not None and (self._verdict.refused or self._verdict.left_out):
            rows = [as_listed(one.row, columns, one.reason) for one in self._verdict.set_aside]
        else:
            rows = [as_listed(row, columns, "") for row in self._table.rows[:_PREVIEW]]
        self._list.show(rows, first=0)
        self._list.select(None)
        self._tell_reason("")

    def _tell_reason(self, line: str) -> None:
        """In full: the list may have no room for it."""
        rows = self._verdict.set_aside if self._verdict is not None else []
        reason = next((one.reason for one in rows if str(one.row.line) == line), "")
        say(self._reason, "Bad", f"Linha {line}: {reason}" if reason else "")
        self._show(self._reason, bool(reason))

    def _show(self, widget: Any, is_shown: bool) -> None:
        widget.grid() if is_shown else widget.grid_remove()
