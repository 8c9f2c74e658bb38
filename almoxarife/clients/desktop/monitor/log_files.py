"""The monitor's log of all movements: ``inventario.log`` for people, ``inventario.jsonl`` for programs."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import tzinfo
from pathlib import Path

from pydantic import ValidationError

from almoxarife.brazil import format_datetime, format_number, format_time
from almoxarife.clients.desktop.kit.wording import kind_word, sign, signed
from almoxarife.clients.desktop.monitor.append_once import AppendOnce
from almoxarife.files import try_lock
from almoxarife.wire.stock import Movement

# ``\s*``: an editor may have saved the file with other line ends.
_SEQ_AT_END = re.compile(r"#(\d+)\s*$")


class MovementLog:
    """Both files. Only one monitor writes them; a second one in the same folder only displays movements."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = try_lock(folder / "inventario.lock")
        self._files: list[AppendOnce] = []
        self._newest_of_shop: dict[str, Movement] = {}
        self.zone: tzinfo | None = None
        """The time zone of ``inventario.log``; None means São Paulo's."""
        if self._lock is not None:
            self._lines = AppendOnce(folder / "inventario.log", _seq_of_text)
            self._json = AppendOnce(folder / "inventario.jsonl", _seq_of_json)
            self._files = [self._lines, self._json]
            self._remember(_movements(self._json.tail()))

    @property
    def is_writing(self) -> bool:
        return self._lock is not None

    @property
    def last_seq(self) -> int | None:
        """The ``seq`` up to which both files are complete; None if there is none yet."""
        return min((f.last_seq for f in self._files if f.last_seq is not None), default=None)

    def append(self, movements: Sequence[Movement]) -> None:
        """``movements``: oldest first; those already there are skipped. Raises OSError."""
        if self.is_writing:
            self._json.append({m.seq: m.model_dump_json(by_alias=True) for m in movements})
            self._lines.append({m.seq: as_text(m, self.zone) for m in movements})
        self._remember(movements)

    def landmark(self, shops: Collection[str] | None) -> Movement | None:
        """The newest logged movement of these shops (None: of all), to check that the server still has it."""
        seen = [m for shop, m in self._newest_of_shop.items() if shops is None or shop in shops]
        return max(seen, key=lambda movement: movement.seq, default=None)

    def start_over(self) -> None:
        """Rename both files and start new ones: the server's data were replaced or restored."""
        for file in self._files:
            file.put_aside("outro-servidor")
        self._newest_of_shop.clear()

    def _remember(self, movements: Iterable[Movement]) -> None:
        for movement in movements:
            self._newest_of_shop[movement.shop_id] = movement

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()


def as_text(movement: Movement, zone: tzinfo | None = None) -> str:
    """A line of ``inventario.log``. The ``seq`` at its end tells where to continue."""
    at = movement.recorded_at
    reason = f" ({movement.reason})" if movement.reason else ""
    return (
        f"{format_datetime(at, zone)[:10]} {format_time(at, zone)}  {sign(movement)} {kind_word(movement.kind)}"
        f"  {movement.recorded_by}  {signed(movement.effect)}  {movement.product_name}{reason}"
        f"  saldo {format_number(movement.balance)}  #{movement.seq}"
    )


def _movements(lines: Iterable[str]) -> Iterator[Movement]:
    """Parse lines, skipping those of an older version that lack a field."""
    for line in lines:
        try:
            yield Movement.model_validate_json(line)
        except ValidationError:
            continue


def _seq_of_text(line: str) -> int:
    found = _SEQ_AT_END.search(line)
    if found is None:
        raise ValueError(line)
    return int(found[1])


def _seq_of_json(line: str) -> int:
    data = json.loads(line)
    if not isinstance(data, dict) or not isinstance(data.get("seq"), int):
        raise ValueError(line)
    return int(data["seq"])
