"""The preferences on this computer. Never a password or a token.

Both programs share one JSON file. Each change reads the file, sets only its own fields and writes it
back under a lock, so that one program does not overwrite the other's changes.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from almoxarife.clients.api.address import DEFAULT_URL, parse_addresses
from almoxarife.clients.desktop.kit.startup import WrongSetting
from almoxarife.clients.queue.folder import client_dir
from almoxarife.files import disk_reason, remove, try_lock

FILE_NAME = "preferencias.json"
_LOCK_NAME = "preferencias.lock"
_LOCK_WAIT_S = 0.5
"""The window is blocked for this long at most; the other program holds the lock for a few milliseconds."""
_WIDEST_PX = 10_000


@dataclass(frozen=True)
class Preferences:
    server_url: str | None = None
    last_user: str = ""
    is_dark: bool = False
    text_percent: int = 100
    shop_id: str = ""
    """The shop chosen last, for people who have several."""
    columns: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Width in pixels at 100 % text, by list and column."""
    windows: Mapping[str, str] = field(default_factory=dict)
    """Geometry of the window, by program: see ``window_geometry``."""
    imports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """How files were read, by kind of file: see ``cadastro.importing.reading``."""


def poll_seconds(environment: Mapping[str, str] = os.environ) -> float:
    """How often the server is polled. Raises WrongSetting."""
    text = environment.get("ALMOXARIFE_POLL_SECONDS", "5")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise WrongSetting(f"ALMOXARIFE_POLL_SECONDS='{text}' não é um número de segundos entre 0.1 e 3600.")
    return seconds


def usable_dir(folder: Path) -> Path:
    """Create the folder and try to write there. Raises WrongSetting."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".{os.getpid()}.teste"
        trial.touch()
        remove(trial)
    except OSError as error:
        remedy = "Defina ALMOXARIFE_CLIENT_DIR com uma pasta em que se possa gravar."
        raise WrongSetting(f"Não é possível gravar em {folder} ({disk_reason(error)}). {remedy}") from error
    return folder


def check_variables() -> None:
    """Check the environment variables that both windows need. Raises WrongSetting."""
    usable_dir(client_dir(os.environ))
    poll_seconds(os.environ)
    _configured_url(os.environ)


class PreferencesFile:
    """``preferencias.json`` and its values. ``put_aside``: where a damaged file was moved, if there was one."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.put_aside: Path | None = None
        try:
            self.values = self._load()
        except OSError:
            self.values = Preferences()

    def server_url(self, environment: Mapping[str, str] = os.environ) -> str:
        """ALMOXARIFE_URL, or the address typed in the login panel, or this computer. Raises WrongSetting."""
        return _configured_url(environment) or self.values.server_url or DEFAULT_URL

    def remember(self, **changes: Any) -> None:
        """Set these fields; the others stay as they are in the file."""
        self._change(lambda values: replace(values, **changes))

    def remember_columns(self, name: str, widths: Mapping[str, int]) -> None:
        self._change(lambda values: replace(values, columns={**values.columns, name: dict(widths)}))

    def remember_window(self, program: str, geometry: str) -> None:
        self._change(lambda values: replace(values, windows={**values.windows, program: geometry}))

    def _change(self, change: Callable[[Preferences], Preferences]) -> None:
        self.values = change(self.values)
        draft = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with _lock_briefly(self._path.with_name(_LOCK_NAME)):
                on_disk = change(self._load())
                draft.write_text(json.dumps(_as_json(on_disk), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
                draft.replace(self._path)
        except OSError:
            # A full disk, or on Windows the other program reading the file: not worth a message.
            with suppress(OSError):
                draft.unlink()

    def _load(self) -> Preferences:
        try:
            return _from_json(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Preferences()
        except (ValueError, TypeError, RecursionError):
            self._put_aside()
            return Preferences()

    def _put_aside(self) -> None:
        """Rename a damaged file, so that the program can start and the file can be examined."""
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        self.put_aside = self._path.replace(self._path.with_name(f"preferencias.danificado-{stamp}.json"))


def _configured_url(environment: Mapping[str, str]) -> str:
    configured = environment.get("ALMOXARIFE_URL", "")
    try:
        return parse_addresses(configured) if configured else ""
    except ValueError as error:
        raise WrongSetting(f"ALMOXARIFE_URL='{configured}' não é um endereço. {error}") from None


@contextmanager
def _lock_briefly(lock: Path) -> Iterator[None]:
    """Hold the lock, or go on without it if another program does not release it in time. Raises OSError."""
    deadline = time.monotonic() + _LOCK_WAIT_S
    while (held := try_lock(lock)) is None and time.monotonic() < deadline:
        time.sleep(0.005)
    try:
        yield
    finally:
        if held is not None:
            held.close()


def _as_json(values: Preferences) -> dict[str, Any]:
    return {
        "servidor": values.server_url,
        "ultimo_usuario": values.last_user,
        "escuro": values.is_dark,
        "texto_porcento": values.text_percent,
        "loja": values.shop_id,
        "colunas": values.columns,
        "janelas": values.windows,
        "importacoes": values.imports,
    }


def _from_json(data: Any) -> Preferences:
    """Raises ValueError or TypeError for invalid contents."""
    if not isinstance(data, dict):
        raise TypeError("not an object")
    url = data.get("servidor")
    return Preferences(
        server_url=parse_addresses(_typed(url, str)) if url else None,
        last_user=_typed(data.get("ultimo_usuario", ""), str),
        is_dark=_typed(data.get("escuro", False), bool),
        text_percent=_typed(data.get("texto_porcento", 100), int),
        shop_id=_typed(data.get("loja", ""), str),
        columns={name: _widths(px) for name, px in _mapping(data.get("colunas", {}), dict).items()},
        windows=_mapping(data.get("janelas", {}), str),
        imports={kind: _mapping(options, str) for kind, options in _mapping(data.get("importacoes", {}), dict).items()},
    )


def _widths(value: Any) -> dict[str, int]:
    widths: dict[str, int] = _mapping(value, int)
    if not all(0 < px <= _WIDEST_PX for px in widths.values()):
        raise ValueError("not the width of a column")
    return widths


def _mapping(value: Any, kind: type) -> dict[str, Any]:
    return {_typed(name, str): _typed(inner, kind) for name, inner in _typed(value, dict).items()}


def _typed(value: Any, kind: type) -> Any:
    """Return ``value`` if it has this type. Texts with lone surrogates, which JSON allows, are refused."""
    if type(value) is not kind or (isinstance(value, str) and not _is_text(value)):
        raise TypeError(f"not a {kind.__name__}")
    return value


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
