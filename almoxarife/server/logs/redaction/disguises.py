"""Names of secrets that are spelt so that nobody finds them: ``s e n h a``, ``p@ssw0rd``, ``t.o.k.e.n``."""

import re

_SIGNS = {"a": "a4@", "e": "e3€", "o": "o0", "s": "s5$"}
_BETWEEN = " \t._*·/,|+~-"
_GAP = f"[{_BETWEEN}]{{1,3}}"
_WORDS = ("senha", "password", "passcode", "token", "secret", "segredo")


def _spell(word: str) -> str:
    """The word behind its first letter, with signs for its letters, in one piece or letter by letter."""
    first, *rest = [f"[{_SIGNS.get(letter, letter)}]" for letter in word]
    by_letters = f"(?<![^\\W_].){_GAP}{_GAP.join(rest)}(?![^\\W_])"
    return f"(?<={first})(?P<{word}>{''.join(rest)}|{by_letters})"


# The first letter by itself, so that it is looked for at once. Signs that are no digits alone in a word as short as
# the last one: ``PA55`` is a product.
_DISGUISED = re.compile(f"[pst5$](?:{'|'.join(map(_spell, _WORDS))}|(?<=p)(?P<pass>[a@][s$]{{2}}))")
_SQUEEZED = str.maketrans(
    {sign: letter for letter, signs in _SIGNS.items() for sign in signs} | dict.fromkeys(_BETWEEN)
)
_SOUGHT = ("senha", "pass", "token", "secret", "segredo")


def uncover(folded: str) -> str:
    """Each such name as it is meant, at its end, so that places in the text stay what they are."""
    squeezed = folded.translate(_SQUEEZED)
    if not any(word in squeezed for word in _SOUGHT):
        return folded
    return _DISGUISED.sub(lambda found: (found.lastgroup or "").rjust(len(found[0])), folded)
