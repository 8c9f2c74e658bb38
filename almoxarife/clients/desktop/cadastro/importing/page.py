"""*Importar produtos*: choose a file, say what its columns are, have the server check it, confirm."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from enum import Enum
from functools import partial
from typing import Any

from almoxarife.brazil import format_datetime
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.importing import reading as import_reading
from almoxarife.clients.desktop.cadastro.importing import rows as import_rows
from almoxarife.clients.desktop.cadastro.importing import tasks as import_work
from almoxarife.clients.desktop.cadastro.importing import words
from almoxarife.clients.desktop.cadastro.importing.column_choice import ColumnChoice
from almoxarife.clients.desktop.cadastro.importing.file_choice import FileChoice
from almoxarife.clients.desktop.cadastro.importing.footer import Footer
from almoxarife.clients.desktop.cadastro.importing.preview_list import Listing
from almoxarife.clients.desktop.cadastro.importing.reading import DECIMALS, Choice
from almoxarife.clients.desktop.cadastro.importing.reading_choice import ReadingChoice
from almoxarife.clients.desktop.cadastro.importing.rows import Verdict
from almoxarife.clients.desktop.cadastro.importing.tasks import Work
from almoxarife.clients.desktop.cadastro.importing.undo import ImportUndo
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.preferences import PreferencesFile
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.widgets import Label, say
from almoxarife.tables.headings import NAME, STOCK
from almoxarife.tables.reader import Table
from almoxarife.wire.catalog import ImportReport, PartlyUndone, PastImport

_TICK_MS = 120
_READING = "importar-ler"


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
        server_call: ServerCall,
        past: ServerCall,
        call_off: ServerCall,
        shop: ShopChoice,
        zone: Callable[[], tzinfo],
        exporter: Exporter,
        theme: Theme,
        preferences: PreferencesFile,
        imported: Callable[[], None],
        tell: Callable[[bool, str], None],
    ) -> None:
        super().__init__(parent, "Importar produtos")
        self._background = background
        self._server_call = server_call
        self._shop = shop
        self._zone = zone
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
        self._keys: dict[bool, str] = {}
        """Of what is sent, with and without adjustments, for as long as it is the same."""
        self._import_undo = ImportUndo(self.body, undo=server_call, past=past, call_off=call_off)
        self._build()

    # --- the page -----------------------------------------------------------------------

    def opened(self) -> None:
        self._is_open = True
        if self._work is None:
            self._forget_file()
            self._import_undo.find_last(self._offer_past)
        self._file.field.focus(select=True)

    def closed(self) -> None:
        """What can still be stopped is stopped; what the server is writing is told when it is done."""
        self._is_open = False
        self._stop_here()

    def logged_in(self) -> None:
        self._server_call.logged_in()

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
            self._exporter.export(
                f"{self._file.stem} recusados", import_rows.refused_sheet(self._table, self._verdict.refused)
            )

    def cancel(self) -> None:
        """What the server has got whole is called off there, and undone where it was written already."""
        self._stop_here()
        work = self._work
        if work is not None and work.key and work.can_stop:
            work.is_called_off = True
            self._import_undo.call_off(work.key)

    def _stop_here(self) -> None:
        """Where the server asked for the password first, it has written nothing either."""
        if self._work is not None and (self._server_call.waits_for_login or self._work.cancel()):
            self._server_call.forget()
            self._background.forget(_READING)
            self._end_work()
            say(self._said, "Quiet", words.STOPPED)

    # --- building -----------------------------------------------------------------------

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(4, weight=1)
        self._file = FileChoice(body, chosen=self._read, retyped=self._retyped)
        self._reading = ReadingChoice(body, chosen=self._reread)
        self._choice = ColumnChoice(body, changed=self._remapped)
        self._said = Label(body, justify="left")
        self._listing = Listing(body, theme)
        self._foot = Footer(
            body, cancel=self.cancel, save=self.export, undo=self._undo, submit=self.submit, adjusted=self._show_step
        )
        order = [self._file.frame, self._reading.frame, self._choice.frame, self._said]
        order += [self._listing.frame, self._listing.reason, self._foot.frame]
        for row, widget in enumerate(order):
            widget.grid(row=row, column=0, sticky="nsew", pady=(0 if row == 0 else 10, 0))
        body.bind("<Configure>", lambda event: self._wrap(event.width))
        self._listing.restyle()
        theme.on_change(self._listing.restyle)

    def _wrap(self, width: int) -> None:
        for label in (self._said, self._listing.reason):
            label.configure(wraplength=max(200, width))

    # --- the file -----------------------------------------------------------------------

    def _retyped(self) -> None:
        """Another file: what is known of the one before says nothing about it."""
        if self._step is not _Step.FILE and self._work is None:
            self._go(_Step.FILE)

    def _forget_file(self) -> None:
        self._file.forget()
        self._go(_Step.FILE)

    def _read(self, choice: Choice | None = None) -> None:
        """``choice`` is what a person has said of this very file."""
        if self._work is not None:
            return
        file = self._file.find()
        if file is None:
            return
        work = self._begin_work(Work("Lendo a planilha…"))
        known = {} if choice is not None else self._preferences.values.imports
        reading = partial(import_work.read_as_before, work, file, choice or Choice(), known)
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
            self._file.refuse(outcome)
            return
        self._table, self._said_of_file = outcome
        self._kind = kind or self._said_of_file.kind or import_reading.kind_of(self._table)
        self._reading.use(import_reading.list_options(self._table, self._said_of_file))
        self._choice.use(self._table, self._said_of_file.columns_of(self._table))
        self._go(_Step.COLUMNS)
        if NAME in self._choice.columns:
            self._foot.main.focus_set()
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
            say(self._said, "Bad", words.NAMELESS)
            self._choice.focus_name()
            return
        if STOCK in self._choice.columns and self._shop.must_choose:
            say(self._said, "Bad", words.WHOSE)
            return
        known = self._preferences.values.imports
        self._preferences.remember(imports=import_reading.remember(known, self._kind, self._said_of_file))
        work = self._begin_work(Work("Conferindo no servidor…"))
        columns, has_points, shop_id = self._choice.columns, self._said_of_file.decimal_point, self._shop.shop_id
        self._server_call.ask(
            lambda api: import_work.check(work, api, table, columns, decimal_point=has_points, shop_id=shop_id),
            then=self._was_checked,
            failed=self._failed,
        )

    def _was_checked(self, verdict: Verdict | None) -> None:
        self._end_work()
        if verdict is not None:
            self._show_verdict(verdict)

    def _show_verdict(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._foot.start_over()
        self._go(_Step.CHECKED)
        (self._foot.main if verdict.writes else self._file.field.entry).focus_set()

    # --- writing ------------------------------------------------------------------------

    def _write(self) -> None:
        verdict, adjusts, shop_id = self._verdict, self._foot.adjusts, self._shop.shop_id
        if verdict is None or not self._count_writes(verdict):
            return
        key = self._keys.setdefault(adjusts, str(uuid.uuid4()))
        work = self._begin_work(Work(words.writing(self._count_writes(verdict)), writes=True, key=key))
        self._server_call.ask(
            lambda api: import_work.write(work, api, verdict.good.values, key, shop_id=shop_id, adjusts=adjusts),
            then=partial(self._was_written, verdict, adjusts),
            failed=lambda error: self._stopped(*words.not_written(error)),
        )

    def _count_writes(self, verdict: Verdict) -> int:
        return verdict.writes + (verdict.adjusted if self._foot.adjusts else 0)

    def _was_written(self, verdict: Verdict, adjusts: bool, report: ImportReport | None) -> None:
        is_called_off = self._import_undo.is_called_off
        self._end_work()
        if report is None:
            return
        if not report.written:
            again = import_rows.judge(verdict.good, report)
            self._show_verdict(import_rows.with_earlier(again, verdict))
            say(self._said, "Warn", words.MOVED)
            return
        self._imported()
        self._import_undo.import_id = report.id or ""
        self._go(_Step.DONE)
        if is_called_off:
            self._undo(words.UNDONE_AT_ONCE)
            return
        sentence = words.written_sentence(report, adjusts=adjusts)
        if self._is_open:
            told = (sentence, words.advice(verdict), words.final_sum(report, verdict))
            say(self._said, "Good", " ".join(filter(None, told)))
            self._foot.main.focus_set()
        else:
            self._tell(True, sentence)

    # --- undoing ------------------------------------------------------------------------

    def _offer_past(self, last: PastImport) -> None:
        if self._step is not _Step.FILE or self._work is not None:
            return
        self._import_undo.import_id = last.id
        self._show_step()
        say(self._said, "Quiet", words.past_sentence(last, format_datetime(last.imported_at, self._zone())))

    def _undo(self, done: str = words.UNDONE) -> None:
        self._begin_work(Work("Desfazendo a importação…", writes=True)).send(b"")
        told = partial(words.not_undone, is_late=done == words.UNDONE_AT_ONCE)
        self._import_undo.undo(partial(self._was_undone, done), lambda error: self._stopped("Bad", told(error)))

    def _was_undone(self, done: str, left: PartlyUndone | None) -> None:
        self._import_undo.import_id = ""
        self._end_work()
        self._imported()
        self._forget_file()
        if self._is_open:
            say(self._said, *words.undone(done, left))
            self._file.field.focus()
        else:
            self._tell(left is None, words.undone(done, left)[1])

    # --- where it stands ----------------------------------------------------------------

    def _begin_work(self, work: Work) -> Work:
        self._work = work
        self._show_step()
        self._tick()
        return work

    def _end_work(self) -> None:
        self._work = None
        self._import_undo.rest()
        self._foot.rest()
        self._show_step()

    def _failed(self, error: ApiError) -> None:
        self._stopped("Bad", error.message)

    def _stopped(self, kind: str, sentence: str) -> None:
        """Said where the person is."""
        self._end_work()
        if self._is_open:
            say(self._said, kind, sentence)
        else:
            self._tell(kind == "Quiet", sentence)

    def _tick(self) -> None:
        work = self._work
        if work is None:
            return
        say(self._said, "Quiet", work.sentence)
        self._foot.tick(work)
        self.body.after(_TICK_MS, self._tick)

    def _go(self, step: _Step) -> None:
        self._step = step
        if step is _Step.FILE:
            self._table = None
            self._reading.use(())
        if step in {_Step.FILE, _Step.COLUMNS}:
            self._verdict = None
        if step is not _Step.DONE:
            self._keys.clear()
        self._show_step()
        self._listing.show(
            self._table, self._verdict, self._choice.columns, decimal_point=self._said_of_file.decimal_point
        )
        if self._table is not None and step is _Step.COLUMNS:
            say(self._said, *words.understood(self._table, self._choice.columns))
        elif self._verdict is not None and step is _Step.CHECKED:
            say(self._said, *words.checked(self._verdict))
        elif step is _Step.FILE:
            say(self._said, "Quiet", "")

    def _show_step(self) -> None:
        verdict, is_busy = self._verdict, self._work is not None
        writes = self._count_writes(verdict) if verdict is not None else 0
        is_checked = self._step is _Step.CHECKED and verdict is not None
        labels = {_Step.FILE: "Ler a planilha", _Step.COLUMNS: "Conferir", _Step.CHECKED: words.to_write(writes)}
        self._foot.main.configure(text=f"{labels.get(self._step, 'Concluir')}  Ctrl+Enter")
        can_go_on = not is_busy and (self._step is not _Step.CHECKED or writes > 0)
        self._foot.main.state(["!disabled" if can_go_on else "disabled"])
        self._choice.enable(is_enabled=self._table is not None and not is_busy)
        self._reading.enable(is_enabled=self._table is not None and not is_busy)
        self._foot.show(
            is_busy=is_busy,
            can_undo=bool(self._import_undo.import_id) and self._step in {_Step.FILE, _Step.DONE},
            can_save=verdict is not None and bool(verdict.refused),
            adjustments=verdict.adjustments if is_checked and verdict is not None else 0,
        )
