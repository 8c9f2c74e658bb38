"""Removes values that follow the name of a secret: ``senha do wifi: azul 123``, ``"apiKey": "…"``, ``Cookie: …``.

A name is found by its stem, read whole and looked up (``names``); then the separator before its value is read,
and ``value_ends`` finds the end of the value. Every lookahead is bounded or the search goes on where
it ended, so the time is linear in the length of any text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from almoxarife.server.logs.redaction.disguises import uncover
from almoxarife.server.logs.redaction.goods import is_sold, is_tool
from almoxarife.server.logs.redaction.names import (
    MAX_NAME_LENGTH,
    STEMS,
    Secrecy,
    fold,
    is_pair,
    secrecy,
)
from almoxarife.server.logs.redaction.sentences.spoken import find_said
from almoxarife.server.logs.redaction.typed_digits import GROUPED, Typed, find_glued, find_typed, list_typed
from almoxarife.server.logs.redaction.value_ends import QUOTE, Place, find_value

REMOVED = "[removido]"

_ESCAPED = re.compile(r"\\{1,8}(?:u([0-9A-Fa-f]{4})|xc([2-5])\\{1,8}x([89ab][0-9a-f]))")
"""Letters as JSON and Python may write them: ``sess\\u00e3o``, ``sess\\xc3\\xa3o``."""
_STEM = re.compile("|".join(sorted(STEMS, key=len, reverse=True)))
_NAME_CHAR = re.compile(r"[\w-]")
_LONG = 1000
"""In texts with more characters, searching for the stems one after another is faster."""
_DIGIT = re.compile(r"\d")
_PLURAL = re.compile("[^s]s")
_WORD = re.compile(r"[^\W_]+")
_NAME = re.compile(rf"(?:\w|-(?!>)){{0,{MAX_NAME_LENGTH}}}")

_CLOSED = rf"(?:[\])\\*_.\s]|{QUOTE}|%5d){{0,24}}"
"""Characters between a name and its separator, such as the dots in ``Senha......: azul``."""
_SEPARATOR = r"(?P<separator>=>|->|<-|→|:=|==?|%3[ad]|(?<!\d):(?!//)|:(?![\d/]))"
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
"""``name="senha"`` and, after an empty line, the value, as in multipart forms."""
_AS_SERIAL = re.compile(r"[\"'];s:\d{1,7}(?P<separator>:)")
"""PHP's ``s:5:"senha";s:4:"…"``."""
_IN_QUOTES = re.compile(r"(?P<separator>\s{1,4}(?:(?:e|eh|es|is|was|era)\s{1,4})?)(?=[\"'`“‘«])")
_LOOK = r"(?=[\w!@#$%&*+.?-]{4})(?=[^\s\d]{0,40}\d)(?=\d{6}|\d{0,5}[^\s\d,;:.)\]])"
_IS = r"(?:e|eh|es|is|was|era|foi)"
_BY_LOOK = re.compile(
    rf"(?P<separator>\s{{0,4}}(?:[|;~➜»…–—-]|\.{{2,24}})\s{{0,4}}|\s{{1,4}}(?:{_IS}\s{{1,4}})?)" + _LOOK
)
"""``a senha é abc123``: without a separator, only a value with a digit."""
_BECAME = re.compile(
    rf"(?P<separator>(?:\s{{1,3}}[^\W\d][\w/-]{{0,24}}){{0,6}}?\s{{1,4}}(?:{_IS}|para|pra|p/|to|por|as|como)\s{{1,4}})"
    + _LOOK
)
"""``a senha nova foi trocada para abc123``"""
_OPENED_BY = (
    "senha|pin|t?otp|token|passcode|password"
    "|codigo\\s{1,3}de\\s{1,3}(?:acesso|verificacao|seguranca|confirmacao|autenticacao|ativacao|login)"
    "|(?:access|verification|security|confirmation|authentication|login|one-time)\\s{1,3}(?:code|pass\\w{0,6})"
)
_SAID_BEFORE = re.compile(
    rf"(?<![\w.,/-])(?:[a-z]-)?\d{{4,8}}(?=\s{{1,3}}(?:{_IS}|como|as)\s{{1,3}}(?:[^\W\d]\w{{0,20}}\s{{1,3}}){{0,4}}"
    rf"(?:{_OPENED_BY})(?!\w))"
    r"|(?<![\w.,/-])(?<!\w\s)(?<!\w\s\s)\d{4,8}"
    rf"(?=\s{{0,3}}\((?:{_OPENED_BY})(?:\s{{1,3}}(?:d[aeo]s?|para|p/)\s[^()\d]{{1,40}})?\))"
    r"|(?<=codigo )\d{4,8}(?=\s{1,3}(?:d[aeo]|por|via|para|pelo|no)\s{1,3}"
    r"(?:sms|whatsapp|acesso|verificacao|seguranca|confirmacao|autenticacao|ativacao|login|cofre|alarme|pix|wi-?fi)(?!\w))"
)
"""``123456 é o seu código de acesso``, ``4829 (senha do cofre)``, ``código 482913 do SMS``"""
_LONG_KEY = re.compile(r"(?P<separator>\s{1,4})(?=[a-z0-9+/_-]{20})(?=[^\s\d]{0,12}\d)(?=[^\sa-z]{0,19}[a-z])")
"""``chave 9f86d081…``"""
_PUBLIC = frozenset({"barras", "cliente", "cupom", "desconto", "indicacao", "pedido", "produto", "rastreio"})
"""``seu código de barras``"""
_BETWEEN_PAIRS = frozenset({"de", "do", "da", "para", "p", "o", "a", "abrir", "novo", "nova", "atual"})
"""``código para abrir o cofre``"""
_TAG_BEFORE = re.compile(r"<(?:[\w-]{1,24}:)?\Z")
_HEADER = re.compile("authorization|autorizacao|cookie")


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
    if mentions := [*_SAID_BEFORE.finditer(folded)]:
        starts, ends = (found.start() for found in mentions), (0, *(found.end() for found in mentions))
        kept = [text[end:start] for end, start in zip(ends, (*starts, len(text)), strict=True)]
        return remove_named(REMOVED.join(kept))
    kept = []
    done = counted = 0
    is_in_quotes = False
    while found := _STEM.search(folded, done):
        name = _read_name(readable, folded, found, done)
        is_in_quotes ^= text.count('"', counted, name.start) % 2 == 1
        counted = name.start
        values = [*_list_values(text, folded, name, is_in_quotes=is_in_quotes)] or _list_said(text, folded, name)
        for start, end in values:
            kept += (text[done:start], REMOVED)
            done = end
        if done < name.end:
            kept.append(text[done : name.end])
            done = name.end
    kept.append(text[done:])
    return "".join(kept)


def _unescape(found: "re.Match[str]") -> str:
    code = found[1] or f"{int(found[2], 16) * 64 + int(found[3], 16) - 0x80:x}"
    letter = chr(int(code, 16))
    return letter if letter.isalnum() else found[0]


def _read_name(text: str, folded: str, found: "re.Match[str]", done: int) -> _Name:
    """The whole name around a stem, which may have several words."""
    start, lowest = found.start(), max(done, found.start() - MAX_NAME_LENGTH)
    while start > lowest and _NAME_CHAR.match(folded, start - 1):
        start -= 1
    end = _NAME.match(folded, found.end()).end()  # type: ignore[union-attr]  # it matches nothing too
    strength = secrecy(text[start:end])
    if strength < Secrecy.PHRASE:
        word = folded[start:end]
        before, after = _WORD.findall(folded[max(done, start - 26) : start]), _WORD.findall(folded, end, end + 40)[:5]
        if any(is_pair(first, word) for first in before[-1:]) and _PUBLIC.isdisjoint(after[:2]):
            strength = Secrecy.PHRASE
        elif second := next((second for second in _list_pairable(after) if is_pair(word, second)), None):
            strength = Secrecy.PHRASE
            end = folded.index(second, end) + len(second)
        elif is_tool(word, after[:3]):
            strength = Secrecy.NONE
    return _Name(start, end, strength, _HEADER.search(folded, start, end) is not None)


def _list_pairable(words: list[str]) -> list[str]:
    """The words that may belong to the name: two, and those after prepositions and the like."""
    between = next((place for place, word in enumerate(words) if word not in _BETWEEN_PAIRS), len(words))
    return words[: max(2, between + 1)]


def _list_values(text: str, folded: str, name: _Name, *, is_in_quotes: bool) -> Iterator[tuple[int, int]]:
    """Start and end of each value of the name, one after the other."""
    spot = name.end
    if glued := find_glued(text, folded, name.start, name.end):
        yield glued.start, glued.end
        spot = max(spot, glued.end)
    are_several = _PLURAL.fullmatch(folded, name.end - 2, name.end) is not None
    separated = _find_separator(folded, name, spot)
    if name.strength > Secrecy.FIELD and (separated is None or _may_pass_digits(folded, spot, separated)):
        typed = find_typed(text, folded, name.start, spot, name.strength)
        if typed and not is_sold(folded, name.start, name.end, typed.start, name.strength):
            goes_on = typed.is_of_something or name.strength is Secrecy.PHRASE
            for each in list_typed(folded, typed, are_several=are_several):
                yield each.start, each.end
                spot = each.end
            separated = _AT_ONCE.match(folded, spot) if goes_on else None
    if separated and not is_sold(folded, name.start, name.end, separated.end(), name.strength):
        start, end = find_value(text, _place(text, name, separated, is_in_quotes=is_in_quotes))
        if grouped := GROUPED.match(folded, start):
            end = max(end, grouped.end())
        if end > start:
            yield from _list_separated(folded, start, end, are_several=are_several)


def _list_said(text: str, folded: str, name: _Name) -> list[tuple[int, int]]:
    """The value that a sentence says in words, if the name is that of a secret."""
    said = find_said(text, folded, name.start, name.end) if name.strength > Secrecy.FIELD else None
    return [] if said is None else [said]


def _list_separated(folded: str, start: int, end: int, *, are_several: bool) -> Iterator[tuple[int, int]]:
    """The value after a separator, and in a list of digits those after it."""
    if not are_several or not _DIGIT.match(folded, end - 1):
        yield start, end
        return
    for each in list_typed(folded, Typed(start, end, is_of_something=False), are_several=True):
        yield each.start, each.end


def _may_pass_digits(folded: str, spot: int, separated: "re.Match[str]") -> bool:
    """Whether digits stand between a name and its separator, as in ``senha 4829 usuario: ana``."""
    is_sign = separated.re is _AT_ONCE or separated.re is _AFTER_WORDS or separated.re is _AFTER_WHAT_IT_OPENS
    return not is_sign or _DIGIT.search(folded, spot, separated.start("separator")) is not None


def _find_separator(folded: str, name: _Name, spot: int) -> "re.Match[str] | None":
    """The match that ends where the value of the name begins; None for a name without a value."""
    if name.strength is Secrecy.NONE:
        return None
    before = folded[max(0, name.start - 32) : name.start]
    if name.strength is Secrecy.FIELD:
        found = _AT_ONCE.match(folded, spot)
        return found if found and (before.endswith(("'", '"')) or found["separator"] == "=") else None
    if _TAG_BEFORE.search(before):
        return _AS_TAG.match(folded, spot)
    looks = [_AT_ONCE, _AFTER_WHAT_IT_OPENS, *_list_looks(name, folded, before), _LONG_KEY]
    return next(filter(None, (look.match(folded, spot) for look in looks)), None)


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
    if folded.startswith("-", name.start) and not before.endswith("."):  # of a token, whose signature begins so
        yield _AS_OPTION
    if name.strength >= Secrecy.WORD:
        yield _BY_LOOK
    if name.strength is Secrecy.PHRASE:
        yield _IN_QUOTES
        yield _BECAME


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
