"""CPFs are not stored: a keyed hash finds a person by CPF, and a mask is shown.

A hash without a key would hide nothing, because there are only a thousand million CPFs.
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
    """The key that CPFs are hashed with, which must never change."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @property
    def mark(self) -> str:
        """Identifies the key without revealing it."""
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
