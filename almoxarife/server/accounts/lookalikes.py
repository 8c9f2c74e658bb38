"""User names that look the same: "admin" with a Cyrillic а, in full width, with a dotless ı.

Checked only when an account is created; at login names are compared without case
(``service.fold_username``), so people keep the names they have.
"""

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from almoxarife.wire.fields import is_invisible


@lru_cache(maxsize=20_000)
def skeletons_of(name: str) -> tuple[str, str, str]:
    """The skeletons of the name as it is, in lower case and in upper case."""
    name = unicodedata.normalize("NFKC", name)
    return _skeleton(name), _skeleton(name.casefold()), _skeleton(name.upper())


def are_confusable(one: str, other: str) -> bool:
    """Whether two names look the same as they are, in lower case or in upper case."""
    return any(mine == others for mine, others in zip(skeletons_of(one), skeletons_of(other), strict=True))


class KnownNames:
    """Names of which it can be asked, without a look at each, whether one of them is confusable with a new one."""

    def __init__(self) -> None:
        self._skeletons: tuple[set[str], set[str], set[str]] = (set(), set(), set())

    def add(self, name: str) -> None:
        for known, skeleton in zip(self._skeletons, skeletons_of(name), strict=True):
            known.add(skeleton)

    def has_confusable(self, name: str) -> bool:
        return any(skeleton in known for known, skeleton in zip(self._skeletons, skeletons_of(name), strict=True))


def _skeleton(text: str) -> str:
    """The skeleton of UTS #39; besides, a combining dot above i or j is dropped."""
    table = _confusables()
    letters = (c for c in unicodedata.normalize("NFD", text) if not is_invisible(c))
    skeleton = unicodedata.normalize("NFD", "".join(table.get(c, c) for c in letters))
    return skeleton.replace("i\u0307", "i").replace("j\u0307", "j")


@cache
def _confusables() -> dict[str, str]:
    table: dict[str, str] = {}
    for line in files(__package__).joinpath("confusables.txt").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            looks, _, characters = line.partition(":")
            text = "".join(chr(int(point, 16)) for point in looks.split())
            table |= {chr(int(point, 16)): text for point in characters.split()}
    return table
