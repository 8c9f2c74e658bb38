"""Finds names of secrets in disguise: ``s e n h a``, ``p@ssw0rd``, ``t.o.k.e.n``."""

import re

_SIGNS = {"a": "a4@", "e": "e3€", "o": "o0", "s": "s5$"}
_BETWEEN = " \t._*·/,|+~-"
_GAP = f"[{_BETWEEN}]{{1,3}}"
_PIN = f"(?<![^\\W_].)(?P<apart>{_GAP})i(?P=apart)n(?![^\\W_])(?=\\W{{1,5}}\\d{{3}})"
"""``P I N 4829``: so short a word is taken for one only before a number."""
_WORDS = ("senha", "password", "passcode", "token", "secret", "segredo")


def _spell(word: str) -> str:
    """A pattern for the word after its first letter, in one piece or letter by letter, with signs for letters."""
    first, *rest = [f"[{_SIGNS.get(letter, letter)}]" for letter in word]
    by_letters = f"(?<![^\\W_].){_GAP}{_GAP.join(rest)}(?![^\\W_])"
    return f"(?<={first})(?P<{word}>{''.join(rest)}|{by_letters})"


# Begins with a set of characters, so that the search is quick. A short word like the last one must have a sign that is
# no digit: ``PA55`` is a product.
_DISGUISED = re.compile(
    f"[pst5$](?:{'|'.join(map(_spell, _WORDS))}|(?<=p)(?P<pass>[a@][s$]{{2}})|(?<=p)(?P<pin>{_PIN}))"
)
_SQUEEZED = str.maketrans(
    {sign: letter for letter, signs in _SIGNS.items() for sign in signs} | dict.fromkeys(_BETWEEN)
)
_SOUGHT = ("senha", "pass", "pin", "token", "secret", "segredo")


def uncover(folded: str) -> str:
    """Replace each disguised name by the plain one, padded to its length, so that positions stay the same."""
    squeezed = folded.translate(_SQUEEZED)
    if not any(word in squeezed for word in _SOUGHT):
        return folded
    return _DISGUISED.sub(lambda found: (found.lastgroup or "").rjust(len(found[0])), folded)
