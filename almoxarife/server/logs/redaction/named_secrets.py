"""Removes values that follow the name of a secret: ``senha do wifi: azul 123``, ``"apiKey": "…"``, ``Cookie: …``.

A name is found by its stem, read whole and looked up (``names``); then the separator before its value is read,
and ``value_ends`` finds the end of the value. Every lookahead is bounded or the search goes on where
it ended, so the time is linear in the length of any text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from almoxarife.server.logs.redaction.disguises import uncover
from almoxarife.server.logs.redaction.names import (
    LONGEST_NAME,
    STEMS,
    Secrecy,
    fold,
    is_opener,
    is_pair,
    is_tool,
    secrecy,
)
from almoxarife.server.logs.redaction.value_ends import QUOTE, Place, find_value

REMOVED = "[removido]"

_ESCAPED = re.compile(r"\\{1,8}(?:u([0-9A-Fa-f]{4})|xc([2-5])\\{1,8}x([89ab][0-9a-f]))")
"""Letters as JSON and Python may write them: ``sess\\u00e3o``, ``sess\\xc3\\xa3o``."""
_STEM = re.compile("|".join(sorted(STEMS, key=len, reverse=True)))
_NAME_CHAR = re.compile(r"[\w-]")
_LONG = 1000
"""From so many characters on it is quicker to search for one stem after another."""
_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile(rf"[\w-]{{0,{LONGEST_NAME}}}")

_CLOSED = rf"(?:[\])\\*_\s]|{QUOTE}|%5d){{0,16}}"
_SEPARATOR = r"(?P<separator>=>|->|→|:=|==?|%3[ad]|(?<!\d):(?!//)|:(?![\d/]))"
_BETWEEN = r"(?:[\s(\[]{1,3}[^\W_][\w/-]{0,24}){0,6}"
_AT_ONCE = re.compile(_CLOSED + _SEPARATOR)
_AFTER_WORDS = re.compile(_BETWEEN + _CLOSED + _SEPARATOR)
_AFTER_WHAT_IT_OPENS = re.compile(r"\s{1,3}(?:d[aeo]s?|para|n[ao]|of|for|to)" + _BETWEEN + _CLOSED + _SEPARATOR)
_AS_VALUE = re.compile(rf"(?:{QUOTE})[,;\s]{{0,4}}(?:{QUOTE})?(?:value|valor)(?:{QUOTE})?\s{{0,4}}(?P<separator>[:=])")
"""``name="senha" value="…"``"""
_AS_ITEM = re.compile(r"[\"']\s{0,4}(?P<separator>,)(?=\s{0,4}b?[\"'])")
"""``("senha", "…")``"""
_AS_TAG = re.compile(r"[^<>]{0,200}(?P<separator>>)")
"""``<senha>…</senha>``"""
_AS_OPTION = re.compile(r"(?P<separator>\s{1,4})(?!-)(?=\S)")
"""``--password …``"""
_AS_PART = re.compile(r"\"(?:;[^\r\n]{0,200})?\r?\n(?:[\w-]{1,40}:[^\r\n]{0,200}\r?\n){0,3}(?P<separator>\r?\n)")
"""``name="senha"``, and after an empty line the value, as forms send it."""
_AS_SERIAL = re.compile(r"[\"'];s:\d{1,7}(?P<separator>:)")
"""PHP's ``s:5:"senha";s:4:"…"``."""
_IN_QUOTES = re.compile(r"(?P<separator>\s{1,4}(?:(?:e|eh|es|is|was|era)\s{1,4})?)(?=[\"'`“‘«])")
_LOOK = r"(?=[\w!@#$%&*+.?-]{4})(?=[^\s\d]{0,40}\d)(?=\d{6}|\d{0,5}[^\s\d,;:.)\]])"
_IS = r"(?:e|eh|es|is|was|era|foi)"
_BY_LOOK = re.compile(rf"(?P<separator>\s{{0,4}}[|;~➜»–—-]\s{{0,4}}|\s{{1,4}}(?:{_IS}\s{{1,4}})?)" + _LOOK)
"""``a senha é abc123``: without a separator, what holds a digit."""
_BECAME = re.compile(
    rf"(?P<separator>(?:\s{{1,3}}[^\W\d][\w/-]{{0,24}}){{0,6}}?\s{{1,4}}(?:{_IS}|para|to|por|as|como)\s{{1,4}})" + _LOOK
)
"""``a senha nova foi trocada para abc123``"""
_DIGITS = re.compile(
    rf"(?P<separator>(?:\s{{1,3}}(?:d[eao]s?|of)\s{{1,3}}[^\W\d][\w-]{{0,24}}){{0,2}}"
    rf"(?:\s{{1,3}}(?:nov[oa]|atual|antig[oa]|cert[oa]|corret[oa]|errad[oa]|invalid[oa]|unic[oa]|temporari[oa]|inicial|{_IS}))?"
    r"(?:\s{0,3}n[o.º°]{1,2})?[\s,(#]{1,4})(?=\d{3,8}(?![\w/]|-(?!\d{3}(?!\w))|[.,:]\d))"
)
"""``o PIN do cofre é 9876``"""
_SECOND_HALF = re.compile(r"[ -]\d{3}(?!\w)")
"""``482 913``"""
_OPENED_BY = (
    "senha|pin|t?otp|token|passcode|password"
    "|codigo\\s{1,3}de\\s{1,3}(?:acesso|verificacao|seguranca|confirmacao|autenticacao|ativacao|login)"
    "|(?:access|verification|security|confirmation|authentication|login|one-time)\\s{1,3}(?:code|pass\\w{0,6})"
)
_SAID_BEFORE = re.compile(
    rf"(?<![\w.,/-])(?:[a-z]-)?\d{{4,8}}(?=\s{{1,3}}(?:{_IS}|como|as)\s{{1,3}}(?:[^\W\d]\w{{0,20}}\s{{1,3}}){{0,4}}"
    rf"(?:{_OPENED_BY})(?!\w))"
)
"""``123456 é o seu código de acesso``"""
_MEASURE = re.compile(
    r"\s{0,3}\d{1,6}(?:[.,]\d{1,4})?\s{0,2}(?:[cmk]?m|kg|g|ml|l|v|w|hz|%|un|und|unids?|unidades?|pcs?|pct|pecas?|par|pares|dz|cx|caixas?|"
    r"rolos?|graus|gramas?|quilos?|litros?|(?:centi|mili)?metros?|volts?|watts?|ohms?|amperes?)(?!\w)"
)
"""``Cabo 8 pin 100 cm``"""
_ENDED = r"(?=[.,;:!?)\]}\"']{0,3}(?:\s|\Z))(?!\s{1,3}\d)"
"""A number goes no further: ``42$x`` is a password."""
_FEW_DIGITS = re.compile(rf"\s{{0,3}}\d{{1,2}}{_ENDED}")
"""So many of something: nobody is let in by them."""
_FEW_KEYS = re.compile(r"\s{0,3}\d{1,3}(?![\w.,-])")
"""``Molho de chaves: 300``"""
_KIND = re.compile(r"\s{1,3}(?:de|com|sem|p/)\s{1,3}([^\W\d]{1,24})")
"""``Chave de luva``, ``Cookie com gotas``: a kind of it. What is opened is said with ``do`` and ``da``."""
_AMOUNT = re.compile(rf"\s{{0,3}}(?:r\$\s{{0,2}})?\d{{1,5}}(?:[.,]\d{{1,4}})?{_ENDED}")
_AMOUNT_OF_PINS = re.compile(rf"\s{{0,3}}\d{{1,3}}{_ENDED}")
"""A PIN that lets anybody in has four digits or more."""
_COUNTED = re.compile(
    r"(?:(?<![^\W\d])([^\W\d]{1,24})[\s:]{1,3}(?:(?:n[o.º°]{0,2}|num\.?|numero)\s{0,3}|#)?|(?<![\w.,/#-]))\d{1,3}\s{0,2}\Z"
)
"""``CI 8 pin``: the number is of its pins."""
_HAVE_PINS = frozenset(
    {
        *("admin", "administrador", "alarme", "apartamento", "apto", "armario", "atendente", "balcao", "balconista"),
        *("box", "cadastro", "caixa", "caixeiro", "card", "cartao", "celular", "chip", "cliente", "codigo", "cofre"),
        *("colaborador", "com", "comanda", "conta", "cracha", "de", "dia", "em", "entregador", "equipe"),
        *("estoquista", "etapa", "fechadura", "filial", "fiscal", "func", "funcionaria", "funcionario", "garcom"),
        *("garconete", "gaveta", "gerente", "guiche", "linha", "livre", "login", "loja", "maquina", "maquininha"),
        *("matricula", "mesa", "motorista", "nivel", "operador", "operadora", "passo", "pdv", "pessoa", "porta"),
        *("portao", "pos", "posto", "quarto", "sala", "setor", "sim", "store", "supervisor", "supervisora", "tablet"),
        *("telefone", "tentativa", "tentou", "terminal", "till", "totem", "turno", "user", "usuaria", "usuario"),
        *("vendedor", "vendedora", "vez"),
    }
)
"""Who and what is told by a number, too, and has a PIN: ``loja 8 pin 2500``."""
_LONG_KEY = re.compile(r"(?P<separator>\s{1,4})(?=[a-z0-9+/_-]{20})(?=[^\s\d]{0,12}\d)(?=[^\sa-z]{0,19}[a-z])")
"""``chave 9f86d081…``"""
_OF_DIGITS = re.compile(r"(?:^|[^a-z])(?:pin|cvv|cvc|t?otp|mfa|2fa|authenticator|autenticador)s?(?:[^a-z]|$)")
_GLUED = re.compile(
    r"(?:(?<![a-z0-9])(?:pin|t?otp|mfa|2fa|cv[cv](?=\d{3}))|senha|passw(?:or)?d|passcode)[_-]?(?P<digits>\d{3,8})\Z"
)
"""``PIN4829``"""

_TAG_BEFORE = re.compile(r"<(?:[\w-]{1,24}:)?\Z")
_HEADER = re.compile("authorization|autorizacao|cookie")
_ACCESS_KEY = re.compile(r"\W{0,4}(?:\d{44}(?!\d)|\d{4}(?: \d{4}){10}(?! ?\d))")
"""Of an invoice (NF-e): public, printed on it, and called ``chave``."""


class _Name(NamedTuple):
    start: int
    end: int
    strength: Secrecy
    is_header: bool


def remove_named(text: str) -> str:
    """``text`` without the values of named secrets."""
    if "\\" in text:
        text = _ESCAPED.sub(_unescape, text)
    plain = fold(text)
    folded = uncover(plain)
    readable = text if folded == plain else folded
    is_any = _STEM.search(folded) if len(folded) < _LONG else any(stem in folded for stem in STEMS)
    if not is_any:
        return text
    if said := [*_SAID_BEFORE.finditer(folded)]:
        starts, ends = (found.start() for found in said), (0, *(found.end() for found in said))
        kept = [text[end:start] for end, start in zip(ends, (*starts, len(text)), strict=True)]
        return remove_named(REMOVED.join(kept))
    kept = []
    done = counted = 0
    is_in_quotes = False
    while found := _STEM.search(folded, done):
        name = _read_name(readable, folded, found, done)
        is_in_quotes ^= text.count('"', counted, name.start) % 2 == 1
        counted = name.start
        start = end = name.end
        if separated := _find_separator(folded, name):
            start = end = separated.end()
            if not (name.strength is Secrecy.NAME and _is_something_else(folded, name, start)):
                start, end = find_value(text, _place(text, name, separated, is_in_quotes=is_in_quotes))
            if separated.re is _DIGITS and (half := _SECOND_HALF.match(text, end)):
                end = half.end()
        elif glued := _GLUED.search(folded, name.start, name.end):
            start = glued.start("digits")
        kept += (text[done:start], REMOVED) if end > start else (text[done:start],)
        done = end
    kept.append(text[done:])
    return "".join(kept)


def _unescape(found: "re.Match[str]") -> str:
    code = found[1] or f"{int(found[2], 16) * 64 + int(found[3], 16) - 0x80:x}"
    letter = chr(int(code, 16))
    return letter if letter.isalnum() else found[0]


def _read_name(text: str, folded: str, found: "re.Match[str]", done: int) -> _Name:
    """The whole name around a stem, which may have several words."""
    start, lowest = found.start(), max(done, found.start() - LONGEST_NAME)
    while start > lowest and _NAME_CHAR.match(folded, start - 1):
        start -= 1
    end = _NAME.match(folded, found.end()).end()  # type: ignore[union-attr]  # it matches nothing too
    strength = secrecy(text[start:end])
    if strength < Secrecy.PHRASE:
        word = folded[start:end]
        before, after = _WORD.findall(folded[max(done, start - 26) : start]), _WORD.findall(folded, end, end + 40)[:2]
        if any(is_pair(first, word) for first in before[-1:]):
            strength = Secrecy.PHRASE
        elif second := next((second for second in after if is_pair(word, second)), None):
            strength = Secrecy.PHRASE
            end = folded.index(second, end) + len(second)
        elif is_tool(word, after):
            strength = Secrecy.NONE
    return _Name(start, end, strength, _HEADER.search(folded, start, end) is not None)


def _find_separator(folded: str, name: _Name) -> "re.Match[str] | None":
    """The match that ends where the value of the name begins; None for a name without a value."""
    if name.strength is Secrecy.NONE:
        return None
    before = folded[max(0, name.start - 32) : name.start]
    if name.strength is Secrecy.FIELD:
        found = _AT_ONCE.match(folded, name.end)
        return found if found and (before.endswith(("'", '"')) or found["separator"] == "=") else None
    if _TAG_BEFORE.search(before):
        return _AS_TAG.match(folded, name.end)
    looks = [_AT_ONCE, _AFTER_WHAT_IT_OPENS, *_list_looks(name, folded, before), _LONG_KEY]
    return next(filter(None, (look.match(folded, name.end) for look in looks)), None)


def _list_looks(name: _Name, folded: str, before: str) -> Iterator["re.Pattern[str]"]:
    """The patterns by which a value may follow a name of this strength, given the text before the name."""
    if name.strength >= Secrecy.WORD:
        yield _AFTER_WORDS
    if before.endswith(("'", '"')):
        yield _AS_VALUE
        if before[-3:-1].rstrip("b").endswith(("(", "[")):
            yield _AS_ITEM
        yield _AS_PART
        yield _AS_SERIAL
    if folded.startswith("-", name.start):
        yield _AS_OPTION
    if name.strength >= Secrecy.WORD:
        yield _BY_LOOK
    if name.strength is Secrecy.PHRASE:
        yield _IN_QUOTES
        yield _BECAME
    if name.strength is Secrecy.PHRASE or _OF_DIGITS.search(folded[name.start : name.end]):
        yield _DIGITS


def _is_something_else(folded: str, name: _Name, start: int) -> bool:
    """Whether the text after the name is harmless: the key of an invoice, or a measure of goods."""
    if _ACCESS_KEY.match(folded, start) or _FEW_DIGITS.match(folded, start):
        return True
    said = folded[name.start : name.end].removesuffix("s")
    if said == "chave" and name.end - name.start > len(said):
        return _FEW_KEYS.match(folded, start) is not None
    if _OF_DIGITS.search(said):
        if said != "pin":
            return False
        counted = _COUNTED.search(folded, max(0, name.start - 32), name.start)
        if counted and counted[1] not in _HAVE_PINS and _AMOUNT.match(folded, start):
            return True
        if _MEASURE.match(folded, start):
            return True
    amount = {"pin": _AMOUNT_OF_PINS, "chave": _AMOUNT, "cookie": _AMOUNT}.get(said)
    kind = _KIND.match(folded, name.end)
    if amount is None or kind is None or is_opener(kind[1]):
        return False
    return (amount.match(folded, start) or _MEASURE.match(folded, start)) is not None


def _place(text: str, name: _Name, separated: "re.Match[str]", *, is_in_quotes: bool) -> Place:
    separator = separated["separator"]
    before = text[name.start - 1 : name.start]
    is_quoted = before in {"'", '"'} and text.startswith(before, name.end)
    is_tight = separator in {"=", "=="} and text[separated.end() : separated.end() + 1].strip() != ""
    is_one_word = (
        separator[:1] in {" ", "\t", ";", "|", "~", "-", ",", "("}
        or (is_tight and name.strength < Secrecy.PHRASE)
        or (separator == "=" and before in {"?", "&"})
    )
    return Place(
        start=separated.end(),
        enclosing='"' if is_in_quotes and not is_quoted else before if before in {"'", '"'} and not is_quoted else "",
        is_one_word=is_one_word and not name.is_header,
        is_header=name.is_header,
        is_item=is_quoted,
        is_tag=separator == ">",
    )
