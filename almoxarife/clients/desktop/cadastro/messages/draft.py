"""The unsent message, saved on this computer so that it survives a power cut."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from almoxarife.files import write_atomically

FILE_NAME = "recados.json"


@dataclass(frozen=True)
class Draft:
    to: str = ""
    text: str = ""
    key: str = ""
    """The idempotency key, if it was sent without a response."""


class DraftFile:
    """One draft for each person. Errors are ignored: then the draft is only on the screen."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self, who: str) -> Draft:
        kept = self._read().get(who)
        if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) for name in ("to", "text", "key")):
            return Draft()
        return Draft(kept["to"], kept["text"], kept["key"])

    def save(self, who: str, draft: Draft) -> None:
        """An empty draft is deleted."""
        all_of_them = self._read()
        before = dict(all_of_them)
        all_of_them.pop(who, None)
        if draft.to.strip() or draft.text.strip():
            all_of_them[who] = asdict(draft)
        if all_of_them != before:
            with suppress(OSError):
                write_atomically(self._path, json.dumps(all_of_them, ensure_ascii=False).encode())

    def _read(self) -> dict[str, object]:
        try:
            kept = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
