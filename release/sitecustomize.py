"""In the Python of the package: what a start loads comes from one file, beside this one.

A start loads some nine hundred modules. As files of their own each is looked for, opened and scanned, which takes
Windows longer than running them. What is not in the file is loaded as ever; sources stay where they are, for
tracebacks and for what lies beside them. ``release.bytecode`` writes it.

Every module that this imports is loaded the slow way.
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
"""Bytes that say how long the index is."""
DAMAGED = (ValueError, EOFError, TypeError)
"""How a file fails to be read of which the disk has lost a part."""


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


class Finder:
    """``index`` has a module's source below ``folder``, and where its code begins and ends in ``codes``."""

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
        spec = ModuleSpec(fullname, Loader(fullname, file, self._codes[begin:end]), origin=file, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [folder]
        return spec


def install(file: str, folder: str) -> None:
    """Sources stand below ``folder``. Without a whole file everything is loaded as ever."""
    try:
        with open(file, "rb") as opened:
            content = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        codes = LENGTH + int.from_bytes(content[:LENGTH], "little")
        index = marshal.loads(content[LENGTH:codes])
    except (OSError, *DAMAGED):
        return
    # Before what looks through folders, after what is built in.
    sys.meta_path.insert(-1, Finder(folder, index, content[codes:]))


install(os.path.join(os.path.dirname(__file__), FILE), os.path.dirname(sys.prefix))
