"""What is being written, kept on this computer until it has been sent: a power cut takes no message."""

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
    """Under which it was sent, while nobody knows whether it arrived."""


class DraftFile:
    """One draft a person. What cannot be read or written is on the screen alone, as it would be without the file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def load(self, who: str) -> Draft:
        kept = self._read().get(who)
        if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) for name in ("to", "text", "key")):
            return Draft()
        return Draft(kept["to"], kept["text"], kept["key"])

    def save(self, who: str, draft: Draft) -> None:
        """An empty one is kept by nobody."""
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
