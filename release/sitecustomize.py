"""Part of the package's Python: imports modules from one bytecode file beside this one (ADR 47).

A start imports about nine hundred modules. On Windows, finding, opening and virus-scanning so many files takes
longer than running them. ``release.bytecode`` writes the file. Modules that are not in it are imported as usual;
the sources are still there, for tracebacks and for data files beside them.

Modules imported here are themselves loaded the slow way, so keep them few.
"""

import marshal
import mmap
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

FILE = f"bytecode.{sys.implementation.cache_tag}.dat"
LENGTH = 4
"""Bytes of the length of the index, at the beginning of the file."""
DAMAGED = (ValueError, EOFError, TypeError)
"""Errors raised when reading a damaged file."""


class Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: memoryview) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> "CodeType | None":
        try:
            code: CodeType = marshal.loads(self._code)
        except DAMAGED:
            return super().get_code(fullname)
        return code

    def exec_module(self, module: "ModuleType") -> None:
        super().exec_module(module)
        if self.name == "platform":
            # SQLAlchemy asks for the processor, and this then a ``cmd`` for the version that ``sys`` knows.
            vars(module)["_syscmd_ver"] = lambda *_: ("", "", "")


class Finder:
    """``index``: for each module its source below ``folder``, and begin and end of its code in ``codes``."""

    def __init__(self, folder: str, index: dict[str, tuple[str, int, int]], codes: memoryview) -> None:
        self._folder = folder
        self._index = index
        self._codes = codes

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> ModuleSpec | None:
        if fullname not in self._index:
            return None
        source, begin, end = self._index[fullname]
        file = os.path.join(self._folder, source.replace("/", os.sep))
        folder, name = os.path.split(file)
        is_package = name == "__init__.py"
        if path is not None and (os.path.dirname(folder) if is_package else folder) not in path:
            return None  # another program's package has the same name
        spec = ModuleSpec(fullname, Loader(fullname, file, self._codes[begin:end]), origin=file, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [folder]
        return spec


def install(file: str, folder: str) -> None:
    """Install the finder. Without a valid file, everything is imported as usual."""
    try:
        with open(file, "rb") as opened:
            content = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        codes = LENGTH + int.from_bytes(content[:LENGTH], "little")
        index = marshal.loads(content[LENGTH:codes])
    except (OSError, *DAMAGED):
        return
    # Before the finder that searches folders, after those of built-in modules.
    sys.meta_path.insert(-1, Finder(folder, index, content[codes:]))


install(os.path.join(os.path.dirname(__file__), FILE), os.path.dirname(sys.prefix))
