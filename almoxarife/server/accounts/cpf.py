"""People by their CPF, which is kept nowhere: a keyed hash finds it again, a mask is shown.

Without the key a hash would hide nothing, there are only a thousand million CPFs.
"""

import hmac
import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from almoxarife import brazil
from almoxarife.wire.fields import fold


class HiddenCpf(NamedTuple):
    hash: str
    mask: str


class CpfKey:
    """The key of this shop; it never changes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @property
    def mark(self) -> str:
        """Tells this key from others, and nothing of it."""
        return hmac.new(self._key, b"almoxarife: which key", sha256).hexdigest()

    def hide(self, digits: str) -> HiddenCpf:
        return HiddenCpf(hmac.new(self._key, digits.encode(), sha256).hexdigest(), brazil.mask_cpf(digits))


def suggest_usernames(full_name: str) -> Iterator[str]:
    """maria.dores for Maria das Dores, then maria.dores2, maria.dores3, …"""
    words = re.findall("[a-z0-9]+", fold(full_name)) or ["pessoa"]
    name = ".".join(dict.fromkeys((words[0], words[-1])))[:50]
    yield name
    for number in count(2):
        yield f"{name}{number}"
