"""*Importar produtos*: choose a file, assign its columns, let the server check it, confirm."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from functools import partial

from almoxarife.brazil import format_datetime
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.importing import reading as import_reading
from almoxarife.clients.desktop.cadastro.importing import rows as import_rows
from almoxarife.clients.desktop.cadastro.importing import tasks, words
from almoxarife.clients.desktop.cadastro.importing.column_choice import ColumnChoice
from almoxarife.clients.desktop.cadastro.importing.file_choice import FileChoice
from almoxarife.clients.desktop.cadastro.importing.footer import ImportFooter
from almoxarife.clients.desktop.cadastro.importing.preview_list import PreviewList
from almoxarife.clients.desktop.cadastro.importing.reading import DECIMALS, Choice
from almoxarife.clients.desktop.cadastro.importing.reading_choice import ReadingChoice
from almoxarife.clients.desktop.cadastro.importing.rows import CheckResult
from almoxarife.clients.desktop.cadastro.importing.tasks import ImportTask
from almoxarife.clients.desktop.cadastro.importing.undo import ImportUndo
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.widgets import Label, say
from almoxarife.tables.doubts.shops import ShopNames
from almoxarife.tables.reader import Table
from almoxarife.tables.vocabulary.fields import NAME, STOCK
from almoxarife.wire.catalog import ImportReport, PartlyUndone, PastImport

_TICK_MS = 120
_READING = "importar-ler"


class _Step(Enum):
    FILE = "escolher"
    COLUMNS = "colunas"
    CHECKED = "conferido"
    DONE = "importado"


class ImportPage(Page):
    """``imported`` is called after products were written; ``tell`` with the result if the page was closed meanwhile."""

    def __init__(
        self,
        shell: Shell,
        *,
        shop: ShopChoice,
        exporter: Exporter,
        imported: Callable[[], None],
        tell: Callable[[bool, str], None],
    ) -> None:
        super().__init__(shell, "Importar produtos")
        # Not a call of ``Page``: closing the page does not stop what the server is writing.
        self._server_call = ServerCall.of(shell, "importar")
        self._shop = shop
        self._exporter = exporter
        self._imported = imported
        self._tell = tell
        self._is_open = False
        self._step = _Step.FILE
        self._task: ImportTask | None = None
        self._table: Table | None = None
        self._chosen_reading = Choice()
        self._kind = ""
        self._result: CheckResult | None = None
        self._keys: dict[bool, str] = {}
        """Idempotency keys of the checked list, with and without adjustments."""
        self._import_undo = ImportUndo(
            self.body,
            undo=self._server_call,
            past=ServerCall.of(shell, "importacoes"),
            cancel_running=ServerCall.of(shell, "importar-cancelar"),
        )
        self._build()

    # --- the page -----------------------------------------------------------------------

    def opened(self) -> None:
        self._is_open = True
        if self._task is None:
            self._forget_file()
            self._import_undo.find_last(self._offer_past)
        self._file.field.focus(select=True)

    def closed(self) -> None:
        """Cancel what can still be cancelled. The result of what the server is writing is told later."""
        self._is_open = False
        self._stop_here()

    def logged_in(self) -> None:
        self._server_call.logged_in()

    def submit(self) -> None:
        if self._task is not None:
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
        """Export the refused rows with their reasons."""
        if self._table is not None and self._result is not None and self._result.refused:
            self._exporter.export(
                f"{self._file.stem} recusados", import_rows.refused_sheet(self._table, self._result.refused)
            )

    def cancel(self) -> None:
        """Cancel. If the server has received everything, cancel there; if it is written already, it will be undone."""
        self._stop_here()
        task = self._task
        if task is not None and task.key and task.can_stop:
            task.is_cancellation_sent = True
            self._import_undo.cancel_running(task.key)

    def _stop_here(self) -> None:
        """Cancel if the server cannot have written anything: not all is sent, or it asked for a login first."""
        if self._task is not None and (self._server_call.waits_for_login or self._task.cancel()):
            self._server_call.forget()
            self._shell.background.forget(_READING)
            self._end_task()
            say(self._message, "Quiet", words.STOPPED)

    # --- building -----------------------------------------------------------------------

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(4, weight=1)
        self._file = FileChoice(body, chosen=self._read, retyped=self._retyped)
        self._reading = ReadingChoice(body, chosen=self._reread)
        self._columns = ColumnChoice(body, changed=self._remapped)
        self._message = Label(body, justify="left")
        self._preview = PreviewList(body, theme)
        self._foot = ImportFooter(
            body, cancel=self.cancel, save=self.export, undo=self._undo, submit=self.submit, adjusted=self._show_step
        )
        order = [self._file.frame, self._reading.frame, self._columns.frame, self._message]
        order += [self._preview.frame, self._preview.reason, self._foot.frame]
        for row, widget in enumerate(order):
            widget.grid(row=row, column=0, sticky="nsew", pady=(0 if row == 0 else 6, 0))
        body.bind("<Configure>", lambda event: self._wrap(event.width))

    def _wrap(self, width: int) -> None:
        for label in (self._message, self._preview.reason):
            label.configure(wraplength=max(200, width))

    # --- the file -----------------------------------------------------------------------

    def _retyped(self) -> None:
        """The file name was changed: discard what was read."""
        if self._step is not _Step.FILE and self._task is None:
            self._go(_Step.FILE)

    def _forget_file(self) -> None:
        self._file.forget()
        self._go(_Step.FILE)

    def _read(self, choice: Choice | None = None) -> None:
        """``choice``: how a person has chosen to read this file; None: as files of its kind were read before."""
        if self._task is not None:
            return
        file = self._file.find()
        if file is None:
            return
        task = self._begin_task(ImportTask("Lendo a planilha…"))
        known = {} if choice is not None else self._shell.preferences.values.imports
        reading = partial(tasks.read_as_before, task, file, choice or Choice(), known)
        kind = self._kind if choice is not None else ""
        self._shell.background.run(reading, then=partial(self._was_read, kind), failed=self._failed, key=_READING)

    def _reread(self, name: str, value: str) -> None:
        self._chosen_reading = self._chosen_reading.choose(name, value)
        if name != DECIMALS:
            self._read(self._chosen_reading)
        else:
            self._remapped()

    def _was_read(self, kind: str, outcome: tuple[Table, Choice] | str | None) -> None:
        """``kind``: the kind of file as found when it was first read, or empty."""
        self._end_task()
        if outcome is None:
            return
        if isinstance(outcome, str):
            self._go(_Step.FILE)
            self._file.refuse(outcome)
            return
        self._table, self._chosen_reading = outcome
        self._kind = kind or self._chosen_reading.kind or import_reading.kind_of(self._table)
        self._reading.use(import_reading.list_options(self._table, self._chosen_reading))
        self._columns.use(self._table, self._chosen_reading.columns_of(self._table, self._shop_names))
        self._go(_Step.COLUMNS)
        if NAME in self._columns.columns:
            self._foot.main.focus_set()
        else:
            self._columns.focus_name()

    # --- the columns --------------------------------------------------------------------

    @property
    def _shop_names(self) -> ShopNames:
        return ShopNames(tuple(self._shop.names.values()), self._shop.name)

    def _remapped(self) -> None:
        self._chosen_reading = replace(self._chosen_reading, columns=self._columns.columns, shop=self._shop.name)
        if self._task is None:
            self._go(_Step.COLUMNS)

    def _check(self) -> None:
        table = self._table
        if table is None:
            return
        if NAME not in self._columns.columns:
            say(self._message, "Bad", words.NAMELESS)
            self._columns.focus_name()
            return
        if STOCK in self._columns.columns and self._shop.must_choose:
            say(self._message, "Bad", words.WHOSE)
            return
        known = self._shell.preferences.values.imports
        self._shell.preferences.remember(imports=import_reading.remember(known, self._kind, self._chosen_reading))
        task = self._begin_task(ImportTask("Conferindo no servidor…"))
        columns, has_points, shop_id = self._columns.columns, self._chosen_reading.decimal_point, self._shop.shop_id
        self._server_call.ask(
            lambda api: tasks.check(task, api, table, columns, decimal_point=has_points, shop_id=shop_id),
            then=self._was_checked,
            failed=self._failed,
        )

    def _was_checked(self, result: CheckResult | None) -> None:
        self._end_task()
        if result is not None:
            self._show_result(result)

    def _show_result(self, result: CheckResult) -> None:
        self._result = result
        self._foot.start_over()
        self._go(_Step.CHECKED)
        (self._foot.main if result.writes else self._file.field.entry).focus_set()

    # --- writing ------------------------------------------------------------------------

    def _write(self) -> None:
        result, adjusts, shop_id = self._result, self._foot.adjusts, self._shop.shop_id
        if result is None or not self._count_writes(result):
            return
        key = self._keys.setdefault(adjusts, str(uuid.uuid4()))
        task = self._begin_task(ImportTask(words.writing(self._count_writes(result)), writes=True, key=key))
        self._server_call.ask(
            lambda api: tasks.write(task, api, result.good.values, key, shop_id=shop_id, adjusts=adjusts),
            then=partial(self._was_written, result, adjusts),
            failed=lambda error: self._stopped(*words.not_written(error)),
        )

    def _count_writes(self, result: CheckResult) -> int:
        return result.writes + (result.adjusted if self._foot.adjusts else 0)

    def _was_written(self, result: CheckResult, adjusts: bool, report: ImportReport | None) -> None:
        is_cancellation_sent = self._import_undo.is_cancellation_sent
        self._end_task()
        if report is None:
            return
        if not report.written:
            again = import_rows.read_report(result.good, report)
            self._show_result(import_rows.with_earlier(again, result))
            say(self._message, "Warn", words.MOVED)
            return
        self._imported()
        self._import_undo.import_id = report.id or ""
        self._go(_Step.DONE)
        if is_cancellation_sent:
            self._undo(words.UNDONE_AT_ONCE)
            return
        sentence = words.written_sentence(report, adjusts=adjusts)
        if self._is_open:
            sentences = (sentence, words.advice(result), words.final_sum(report, result))
            say(self._message, "Good", " ".join(filter(None, sentences)))
            self._foot.main.focus_set()
        else:
            self._tell(True, sentence)

    # --- undoing ------------------------------------------------------------------------

    def _offer_past(self, last: PastImport) -> None:
        if self._step is not _Step.FILE or self._task is not None:
            return
        self._import_undo.import_id = last.id
        self._show_step()
        say(self._message, "Quiet", words.past_sentence(last, format_datetime(last.imported_at, self._shell.zone)))

    def _undo(self, done: str = words.UNDONE) -> None:
        self._begin_task(ImportTask("Desfazendo a importação…", writes=True)).send(b"")
        describe = partial(words.not_undone, is_late=done == words.UNDONE_AT_ONCE)
        self._import_undo.undo(partial(self._was_undone, done), lambda error: self._stopped("Bad", describe(error)))

    def _was_undone(self, done: str, left: PartlyUndone | None) -> None:
        self._import_undo.import_id = ""
        self._end_task()
        self._imported()
        self._forget_file()
        if self._is_open:
            say(self._message, *words.undone(done, left))
            self._file.field.focus()
        else:
            self._tell(left is None, words.undone(done, left)[1])

    # --- steps and progress -------------------------------------------------------------

    def _begin_task(self, task: ImportTask) -> ImportTask:
        self._task = task
        self._show_step()
        self._tick()
        return task

    def _end_task(self) -> None:
        self._task = None
        self._import_undo.rest()
        self._foot.rest()
        self._show_step()

    def _failed(self, error: ApiError) -> None:
        self._stopped("Bad", error.message)

    def _stopped(self, kind: str, sentence: str) -> None:
        """Show the sentence on the page, or as a notice if the page was closed."""
        self._end_task()
        if self._is_open:
            say(self._message, kind, sentence)
        else:
            self._tell(kind == "Quiet", sentence)

    def _tick(self) -> None:
        task = self._task
        if task is None:
            return
        say(self._message, "Quiet", task.sentence)
        self._foot.tick(task)
        self.body.after(_TICK_MS, self._tick)

    def _go(self, step: _Step) -> None:
        self._step = step
        self._file.show_hint(is_shown=step is _Step.FILE)
        if step is _Step.FILE:
            self._table = None
            self._reading.use(())
        if step in {_Step.FILE, _Step.COLUMNS}:
            self._result = None
        if step is not _Step.DONE:
            self._keys.clear()
        self._show_step()
        self._preview.show(
            self._table, self._result, self._columns.columns, decimal_point=self._chosen_reading.decimal_point
        )
        if self._table is not None and step is _Step.COLUMNS:
            say(self._message, *words.understood(self._table, self._columns.columns, self._shop_names))
        elif self._result is not None and step is _Step.CHECKED:
            say(self._message, *words.checked(self._result))
        elif step is _Step.FILE:
            say(self._message, "Quiet", "")

    def _show_step(self) -> None:
        result, is_busy = self._result, self._task is not None
        writes = self._count_writes(result) if result is not None else 0
        is_checked = self._step is _Step.CHECKED and result is not None
        labels = {_Step.FILE: "Ler a planilha", _Step.COLUMNS: "Conferir", _Step.CHECKED: words.to_write(writes)}
        self._foot.main.configure(text=f"{labels.get(self._step, 'Concluir')}  Ctrl+Enter")
        can_go_on = not is_busy and (self._step is not _Step.CHECKED or writes > 0)
        self._foot.main.state(["!disabled" if can_go_on else "disabled"])
        self._columns.enable(is_enabled=self._table is not None and not is_busy)
        self._reading.enable(is_enabled=self._table is not None and not is_busy)
        self._foot.show(
            is_busy=is_busy,
            can_undo=bool(self._import_undo.import_id) and self._step in {_Step.FILE, _Step.DONE},
            can_save=result is not None and bool(result.refused),
            adjustments=result.adjustments if is_checked and result is not None else 0,
        )
