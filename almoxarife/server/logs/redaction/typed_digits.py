"""Finds secrets in sentences that people type: ``PIN do cofre é 48 29``, ``senha do wifi loja2024``, ``meuPIN4829``.

A few words may stand between the name of the secret and its value: prepositions with the thing that it opens,
adjectives, verbs. After any other word, the sentence is about something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from almoxarife.server.logs.redaction.goods import HAVE_PINS, MEASURE, is_goods
from almoxarife.server.logs.redaction.names import PLURAL, THINGS, Secrecy, is_opener, secrecy

_GROUPS = (
    r"(?:\d\d(?P<two>[ ._-])\d\d(?:(?P=two)\d\d){0,2}|\d{3}(?P<three>[ ._-])\d{3}|\d{4}(?P<four>[ ._-])\d{4}"
    r"|\d(?P<one>[ ._-])\d(?:(?P=one)\d){1,6})(?![ ._-]?\d)"
)
"""``48 29``, ``482-913``, ``4 8 2 9``: groups of one length, up to eight digits in all."""
_DIGITS = rf"(?P<digits>{_GROUPS}|\d{{3,12}})"
_END = r"(?![\w-]|/(?!\d{3,8}(?![\w/]))|[.,:]\d)"
_BEFORE_DIGITS = (
    r"(?:\s{0,3}(?:n[o.º°]{1,2}|num(?:ero)?\.?)?[\s,;|~(#<\[{\"'`“‘«*–—-]{1,4}"
    r"|\\{1,4}[nrt](?=\d)|[./\\!?^+·…](?=\d{4}|\d\d[._-]\d\d)|[?!]\s{1,3}(?=\d{4})"
    r"|\s{0,3}\.{2,24}\s{0,3})"
)
_TYPED = re.compile(_BEFORE_DIGITS + _DIGITS + _END)
_TYPED_AFTER_COLON = re.compile(rf"(?:{_BEFORE_DIGITS}|\s{{0,3}}(?:[:=]|->)[\s\"'(\[]{{0,3}}){_DIGITS}{_END}")
"""``PIN caixa 3: 4829``"""
_ANOTHER = re.compile(
    r"[\"')\]]{0,2}"
    r"(?:\s{1,3}(?:(?:para|pra|p/|por|e|ou|and|or|a|o|nov[oa]|atual|antig[oa]|new|old)\s{1,3}){1,3}|\s{0,3}(?:[-=]?>|→|/)\s{0,3})"
    rf"[\"'(\[]{{0,2}}{_DIGITS}{_END}"
)
"""``de 1234 para 5678``"""
_ONE_MORE = re.compile(rf"[\"']?\s{{0,3}},\s{{0,3}}[\"']?{_DIGITS}{_END}")
"""``senhas: 1234, 5678``"""
_LOOKS_TYPED = re.compile(
    r"\s{1,3}[\"'`(]?(?P<digits>(?=[\w!@#$%&*+.?-]{4})(?=[^\s\d]{0,40}\d)(?=\d{6}|\d{0,5}[^\s\d,;:.)\]])"
    r"[^\s,;|\"'()\[\]{}]*[^\s,;|\"'()\[\]{}.:!?])"
)
"""``loja2024``"""
_WORD_AND_DIGITS = re.compile(
    r"\s{1,3}(?P<digits>(?!(?:de|ate|com|entre|por|so|maior|menor)\s)[^\W\d]{2,12}\s(?P<number>\d{2,6}))(?!\w)"
)
"""``abc 123``"""
_NEXT = re.compile(
    r"\s{1,3}(?:(?P<length>\(?\d{1,2}\s{1,3}(?:digitos|numeros|letras|caracteres)\)?)"
    r"|(?P<word>[^\W\d]{1,25}(?:\d{1,2}|-[^\W\d]{1,12})?|\d{1,3}|p/))(?=[\s:=,;.!?(#\"'\[<|–—]|\Z)"
)
_DIGIT = re.compile(r"\d")
_MAX_WORDS = 7
_FARTHEST = 150
"""How many characters may lie between a name and its digits."""
_MIN_DIGITS = 3
"""The fewest digits of a secret: a card's security code has three."""
_MIN_KEY_DIGITS = 4
"""The fewest digits of a key: sizes of keys and HTTP statuses have three."""
_MIN_TOKEN_DIGITS = 6
_REFUSED = ("invalid", "incorret", "errad", "recusad", "negad", "expirad", "bloquead", "wrong")

_PREPOSITIONS = frozenset(
    {"de", "do", "da", "dos", "das", "para", "pra", "pro", "no", "na", "of", "for", "to", "the", "p/"}
)
_IS = frozenset({"e", "eh", "es", "is", "era", "virou", "ficou"})
_OPENING = frozenset({"do", "da", "dos", "das", "no", "na"})
"""Before the thing that a key opens: ``chave do cofre``. A kind of key follows ``de``."""
_SAYS_WHICH = frozenset(
    {
        *("nova", "novo", "atual", "antiga", "antigo", "anterior", "padrao", "inicial", "provisoria"),
        *("provisorio", "temporaria", "temporario", "mestra", "mestre", "geral", "master", "numerica"),
        *("secreta", "secreto", "unica", "unico", "new", "old", "current", "default", "temporary", "admin"),
        "root",
    }
)
_SAYS_THAT = frozenset(
    {
        *("e", "eh", "es", "is", "was", "era", "foi", "sera", "fica", "ficou", "virou", "mudou", "agora"),
        *("hoje", "ja", "certa", "certo", "correta", "correto", "errada", "errado", "incorreta", "incorreto"),
        *("invalida", "invalido", "valida", "valido", "digitada", "digitado", "informada", "informado", "usada"),
        *("usado", "gerada", "gerado", "trocada", "trocado", "alterada", "alterado", "mudada", "mudado"),
        *("cadastrada", "cadastrado", "recebido", "wrong", "correct", "invalid", "changed", "code", "minha"),
        *("meu", "sua", "seu", "o", "a", "ser", "passou"),
    }
)
_WITH_NUMBERS = frozenset(
    {
        *("pelo", "pela", "by"),
        *("pedido", "venda", "nota", "nf", "nfe", "nfce", "cupom", "codigo", "produto", "item", "erro", "error"),
        *("linha", "line", "status", "porta", "port", "id", "order", "lote", "ano", "em", "as", "ate", "por"),
        *("count", "between", "entre", "exige", "tem", "deve", "com", "sem", "ref", "referencia", "modelo"),
        *("mod", "serie", "expira", "expirou", "vence", "venceu", "header", "diagram", "size", "length"),
        *("barras", "rastreio", "cliente", "peca", "cor"),
    }
)
"""After one of these words a number is not a secret: ``senha recusada pedido 4829``."""

_OF_DIGITS = re.compile(r"(?:^|[^a-z])(?:pin|puk|cvv|cvc|t?otp|mfa|2fa|authenticator|autenticador)s?(?:[^a-z]|$)")
_CAMEL = re.compile("PIN(?=d[aeo])|(?<![A-Za-z0-9])2[Ff][Aa](?![A-Za-z0-9])|[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
GROUPED = re.compile(_GROUPS)
_GLUED = re.compile(rf"[_-]{{0,2}}{_DIGITS}(?!\w)")
_OWN_PIN = re.compile(
    r"(?:meu|seu|teu|nosso|novo|do|user|usuario|admin|app|login|sim|card|cartao|chip|my|your|new)pin\Z"
)
_CHOSEN = ("senha", "password", "passwd", "passw", "passcode")
_GIVEN = ("token", "secret", "segredo", "apikey")
_OWN_KEY = frozenset({"minha", "meu", "nova", "sua", "my", "nossa", "mestra", "master"})


class Typed(NamedTuple):
    start: int
    end: int
    is_of_something: bool
    """Whether words stand between the name and the number, which may then belong to those words."""


def is_of_digits(name: str) -> bool:
    """Whether a secret with this name (in small letters) consists of digits only."""
    return _OF_DIGITS.search(name) is not None


def find_typed(text: str, folded: str, start: int, end: int, strength: Secrecy) -> Typed | None:
    """The value after the name from ``start`` to ``end``, without a separator before it; None if there is none."""
    if _DIGIT.search(folded, end, end + _FARTHEST) is None:
        return None
    words = _split(text, folded, start, end)
    # The name as written, too: a disguised one (``s e n h a``) is not recognised in its words.
    name = "_".join(words).removesuffix("s") + f" {folded[start:end]}"
    is_key, is_code = words[:1] in (["chave"], ["chaves"]), folded.startswith("cod", start)
    if not (is_key or strength >= Secrecy.WORD or is_of_digits(name)) or any(map(is_goods, words)):
        return None
    between = _WordsBetween(
        is_key=is_key,
        is_code=is_code,
        is_opened=not is_key or any(map(is_opener, words)),
        free_words=0 if is_key or is_code or strength is Secrecy.WORD else 1,
        min_digits=_MIN_KEY_DIGITS if is_key else _MIN_TOKEN_DIGITS if strength is Secrecy.WORD else _MIN_DIGITS,
    )
    spot = end
    for number in range(_MAX_WORDS):
        if between.is_opened and (found := _find_here(folded, spot, between, strength)):
            is_chosen = strength is Secrecy.PHRASE
            return _judge(folded, found, between.min_digits, is_of_something=number > 0, is_chosen=is_chosen)
        following = _NEXT.match(folded, spot)
        if following is None:
            return None
        is_length = following["length"]  # ``de 4 dígitos``
        if not is_length and not between.lead_on(following["word"], number):
            return None
        spot = following.end()
    return None


@dataclass(slots=True)
class _WordsBetween:
    """The words from a name to where its value may stand, as far as they were read."""

    is_key: bool
    is_code: bool
    is_opened: bool
    """Whether it is known what a key opens; before that no value of it follows."""
    free_words: int
    """How many words may still stand here that do not lead on to a value."""
    min_digits: int
    is_awaited: bool = False
    """Whether a thing that has secrets was named, such as ``wifi``."""
    last: str = ""

    def lead_on(self, written: str, number: int) -> bool:
        """Add the next word, the ``number``th; False if the value after it is not one of this name."""
        word = written if written.isdigit() else written.rstrip("0123456789")
        is_where = self.last in {"no", "na"} and not is_opener(word)  # ``erro de senha na linha 120``
        if self.last in _PREPOSITIONS and (is_where or number > 1 - self.is_code) and word in _WITH_NUMBERS:
            return False
        if not _leads_on(word, self.last):
            self.free_words -= 1
            if self.free_words < 0 or written[-1].isdigit() or word in _WITH_NUMBERS or is_goods(word):
                return False
            self.min_digits = max(self.min_digits, _MIN_KEY_DIGITS)
        self.is_awaited = self.is_awaited or word in THINGS
        self.is_opened = self.is_opened or is_opener(word) or self.last in _OPENING
        if word.startswith(_REFUSED):
            self.min_digits = max(self.min_digits, _MIN_KEY_DIGITS)
        self.last = word
        return True


def _find_here(folded: str, spot: int, between: _WordsBetween, strength: Secrecy) -> "re.Match[str] | None":
    """Digits, or what looks like a secret where it is awaited: after ``do wifi``, ``nova`` or ``é``."""
    is_chosen = strength >= Secrecy.WORD
    found = (_TYPED if is_chosen else _TYPED_AFTER_COLON).match(folded, spot)
    if found is None and (between.is_awaited or between.last in _SAYS_WHICH) and (is_chosen or between.is_key):
        found = _LOOKS_TYPED.match(folded, spot)
    if found is None and between.last in _IS and is_chosen:
        found = _WORD_AND_DIGITS.match(folded, spot)
    return found


def _judge(
    folded: str, found: "re.Match[str]", min_digits: int, *, is_of_something: bool, is_chosen: bool
) -> Typed | None:
    """The value, unless it is a measure or too short for the secret of that name.

    A password has no measure: of ``senha 4829 kg`` the unit is about something else.
    """
    start, end = found.span("digits")
    number = found.start("number") if "number" in found.groupdict() else start
    digits = sum(letter.isdigit() for letter in folded[start:end])
    is_short = found.re in {_TYPED, _TYPED_AFTER_COLON} and digits < min_digits
    may_be_measure = is_of_something or not is_chosen or digits < _MIN_KEY_DIGITS
    is_measure = may_be_measure and MEASURE.match(folded, number) is not None
    return None if is_short or is_measure else Typed(start, end, is_of_something)


def list_typed(folded: str, first: Typed, *, are_several: bool) -> Iterator[Typed]:
    """The secret and those after it, as in ``de 1234 para 5678`` and, where ``are_several``, in a list."""
    yield first
    end = first.end
    while found := _ANOTHER.match(folded, end) or (_ONE_MORE.match(folded, end) if are_several else None):
        if MEASURE.match(folded, found.start("digits")):
            return
        yield Typed(found.start("digits"), found.end("digits"), first.is_of_something)
        end = found.end("digits")


def find_glued(text: str, folded: str, start: int, end: int) -> Typed | None:
    """The digits at the end of the name itself."""
    if not folded[end - 1].isdecimal():
        return None
    stem = folded[start:end].rstrip("0123456789-_")
    found = _GLUED.match(folded, start + len(stem))
    if found is None:
        return None
    words = _split(text, folded, start, start + len(stem))
    if any(map(is_goods, words)):
        return None
    is_long = found.end() - found.start("digits") >= _MIN_KEY_DIGITS
    is_secret = (
        stem.endswith(_CHOSEN)
        or is_of_digits("_".join(words))
        or secrecy(text[start : start + len(stem)]) is Secrecy.PHRASE
        or (is_long and (stem.endswith(_GIVEN) or _OWN_PIN.search(stem) is not None or _is_own_key(words)))
    )
    return Typed(found.start("digits"), found.end("digits"), False) if is_secret else None


def _split(text: str, folded: str, start: int, end: int) -> list[str]:
    """The words of a name in small letters: of ``meuPIN``, ``chave_do_cofre``."""
    name = text[start:end] if text[start:end].isascii() else folded[start:end]
    return [word.lower() for word in _CAMEL.findall(PLURAL.sub("", name))]


def _is_own_key(words: list[str]) -> bool:
    return "chave" in words and (len(words) == 1 or any(word in _OWN_KEY or is_opener(word) for word in words))


def _leads_on(word: str, before: str) -> bool:
    """Whether the value may follow after this word, which follows ``before``."""
    if word.isdigit():
        return before in HAVE_PINS or is_opener(before)
    if word in _PREPOSITIONS or word in _SAYS_WHICH or word in _SAYS_THAT:
        return True
    return not is_goods(word) and (before in _PREPOSITIONS or is_opener(word) or word in HAVE_PINS)
