"""Cancelling an import while the server is working on it, and undoing it afterwards."""

from collections.abc import Callable, Sequence
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.wire.catalog import PartlyUndone, PastImport

CANCELLED = "importacao-cancelada"
"""The error code with which the server answers an import that was cancelled in time."""
_AGAIN_MS = 300


class ImportUndo:
    """``widget``: for the timer by which a failed cancellation is repeated."""

    def __init__(self, widget: Any, *, undo: ServerCall, past: ServerCall, cancel_running: ServerCall) -> None:
        self._widget = widget
        self._undo = undo
        self._past = past
        self._cancel_running = cancel_running
        self.import_id = ""
        """The import that can be undone; empty if there is none."""
        self.is_cancellation_sent = False
        """Whether the person has cancelled. If that was too late, the page undoes the import."""

    def find_last(self, found: Callable[[PastImport], None]) -> None:
        """Call ``found`` with the last import if it can still be undone."""

        def look(imports: Sequence[PastImport]) -> None:
            if imports and imports[0].can_be_undone:
                found(imports[0])

        self._past.ask(lambda api: api.imports(), then=look, failed=lambda _: None)

    def cancel_running(self, key: str) -> None:
        """Ask the server to cancel, until it answers. The import's own response says whether that was in time."""
        self.is_cancellation_sent = True
        self._tell(key)

    def undo(self, then: Callable[[PartlyUndone | None], None], failed: Callable[[ApiError], None]) -> None:
        import_id = self.import_id
        self._undo.ask(lambda api: api.undo_import(import_id), then=then, failed=failed)

    def rest(self) -> None:
        """The import has been answered: stop asking to cancel it."""
        self.is_cancellation_sent = False
        self._cancel_running.forget()

    def _tell(self, key: str) -> None:
        if self.is_cancellation_sent:
            self._cancel_running.ask(
                lambda api: api.cancel_import(key),
                then=lambda _: None,
                failed=lambda _: self._widget.after(_AGAIN_MS, lambda: self._tell(key)),
            )
