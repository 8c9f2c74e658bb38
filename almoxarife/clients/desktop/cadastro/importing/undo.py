"""The way back of an import: called off while the server has it, undone as one afterwards."""

from collections.abc import Callable, Sequence
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.wire.catalog import PartlyUndone, PastImport

CALLED_OFF = "importacao-cancelada"
"""What the server answers to an import that was called off in time: it has taken back what it wrote."""
_AGAIN_MS = 300


class ImportUndo:
    """``widget`` has the clock by which the server is asked again."""

    def __init__(self, widget: Any, *, undo: ServerCall, past: ServerCall, call_off: ServerCall) -> None:
        self._widget = widget
        self._undo = undo
        self._past = past
        self._call_off = call_off
        self.import_id = ""
        """The one that can be undone from here."""
        self.is_called_off = False
        """Whether a person has cancelled what the server has got: where that comes too late, it is undone."""

    def find_last(self, found: Callable[[PastImport], None]) -> None:
        """``found`` hears of the last import, as long as it can be undone."""

        def look(imports: Sequence[PastImport]) -> None:
            if imports and imports[0].can_be_undone:
                found(imports[0])

        self._past.ask(lambda api: api.imports(), then=look, failed=lambda _: None)

    def call_off(self, key: str) -> None:
        """Tell the server until it listens. The answer to the import itself says whether that was in time."""
        self.is_called_off = True
        self._tell(key)

    def undo(self, then: Callable[[PartlyUndone | None], None], failed: Callable[[ApiError], None]) -> None:
        import_id = self.import_id
        self._undo.ask(lambda api: api.undo_import(import_id), then=then, failed=failed)

    def rest(self) -> None:
        """The import has been answered."""
        self.is_called_off = False
        self._call_off.forget()

    def _tell(self, key: str) -> None:
        if self.is_called_off:
            self._call_off.ask(
                lambda api: api.cancel_import(key),
                then=lambda _: None,
                failed=lambda _: self._widget.after(_AGAIN_MS, lambda: self._tell(key)),
            )
