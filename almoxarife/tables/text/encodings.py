"""Detects the encoding of a text file: Unicode, Windows, DOS or old Mac, or a mixture of two.

A text file does not declare its encoding. But Portuguese has few letters beyond ASCII, and code pages encode them
differently, so a wrong code page yields characters such as "‡" and "Æ".
"""

import re
from collections import Counter
from functools import lru_cache

from almoxarife.tables.cells import TableUnreadable

UTF_8, UTF_16, UTF_32 = "utf-8", "utf-16", "utf-32"
OF_UNICODE = {UTF_8, UTF_16, UTF_32, "utf-16-le", "utf-16-be"}
MIXED = "utf-8+"
"""Prefix for a mixture of UTF-8 and a code page, whose name follows, as in a file that two programs have written."""
CODE_PAGES = ("cp1252", "cp850", "cp860", "mac_roman")

NOT_A_TABLE = "O arquivo não é uma planilha que se possa ler. Salve-o de novo como .xlsx ou .csv."

_LETTERS = frozenset("áàâãéêíóôõúüçÁÀÂÃÉÊÍÓÔÕÚÜÇ")
_SIGNS = frozenset("ºª°²³½¼¾–—“”‘’…•®™©×÷±µ§Øø€£ñÑ´`\u00a0")
_RUN = re.compile(rb"[ -~]?[\x80-\xff]+[ -~]?")
_NON_ASCII = re.compile(rb"[\x80-\xff]+")
_FOREIGN_RUN = re.compile("[^\x00-\x7f]+")
_PAIR = re.compile("[ÃÂ][^\x00-\x7f]")
"""A letter that may have been encoded twice."""
_SPACE_BEHIND = re.compile("(?<=[A-ZÀ-Þ]Ã)\u00a0")
"""The no-break space in "MAÇÃ FUJI", as web pages write it. It is not half of an "à": that would be within a word."""
_BINARY = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")
_MISREAD = re.compile(
    r"[a-zà-öø-ÿ][ÃÄÅÆÈËÌÎÏÐÑÒÖÙÛÞ](?![A-ZÀ-Þ])"
    r"|[A-Za-zÀ-ÿ][ÆËÎÏÐÒÙÛÞ][a-zà-ÿ]"
    r"|[^\W\d_][‡†‰ˆ¤¢£¥§¦¬¨¯¶¸¹ƒ‚„‹›]+[^\W\d_]"
)
_IN_A_WORD = re.compile("[A-Za-z]?[^\x00-\x7f]+[A-Za-z]?")
_READ_AS, _WRITTEN_AS = ("cp1252", "latin-1", "cp850", "mac_roman"), CODE_PAGES
_MIN_RUNS, _NEARLY_ALL, _HEAD = 2, 0.9, 1_000_000
_SAMPLE = 5_000


def decode(content: bytes, encoding: str | None) -> tuple[str, str]:
    """Decode a file; returns the text and its encoding. ``encoding`` None: to be detected. Raises TableUnreadable."""
    if encoding is not None:
        return _decode_as(content, encoding), encoding
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return content.decode(UTF_32, errors="replace"), UTF_32
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode(UTF_16, errors="replace"), UTF_16
    if b"\0" in content[:4096]:
        encoding = _unmarked_utf_16(content[:4096])
        if encoding is not None:
            return content.decode(encoding, errors="replace"), encoding
        if _BINARY.search(content[:4096]):
            raise TableUnreadable(NOT_A_TABLE)
        content = content.replace(b"\0", b"")  # DOS programs pad their fields with zero bytes
    try:
        return _repair_wrong_page(repair_double_encoding(content.decode("utf-8-sig"))), UTF_8
    except UnicodeDecodeError:
        runs = Counter(_RUN.findall(content))
    foreign = [(run, count) for run, count in runs.most_common(_SAMPLE) if not _is_utf_8(run)]
    page = max(CODE_PAGES, key=lambda page: sum(_score(run.decode(page, "replace")) * count for run, count in foreign))
    encoding = MIXED + page if len(foreign) < min(len(runs), _SAMPLE) else page
    return _decode_as(content, encoding), encoding


def has_strange_letters(text: str) -> bool:
    """Whether the text has characters that Portuguese does not use: the code page is probably wrong."""
    if text.isascii():
        return False
    return any(c > "\x7f" and c not in _LETTERS and c not in _SIGNS for c in text) or is_misread(text)


def is_misread(text: str) -> bool:
    """Whether a word has combinations of letters that no language has: "A‡£car", "PÆo", or "LimÃ", which was cut."""
    return not text.isascii() and _MISREAD.search(text) is not None


def _decode_as(content: bytes, encoding: str) -> str:
    if not encoding.startswith(MIXED):
        try:
            return content.decode("utf-8-sig" if encoding == UTF_8 else encoding, errors="replace")
        except LookupError:
            raise TableUnreadable("Esta codificação não é conhecida. Escolha outra.") from None
    page = encoding.removeprefix(MIXED)
    pieces: list[str] = []
    at = 0
    for run in _NON_ASCII.finditer(content):
        pieces += content[at : run.start()].decode("ascii"), _decode_run(run[0], page)
        at = run.end()
    return "".join(pieces) + content[at:].decode("ascii")


def _decode_run(run: bytes, page: str) -> str:
    return run.decode("utf-8" if _is_utf_8(run) else page, errors="replace")


def _is_utf_8(run: bytes) -> bool:
    try:
        run.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf_16(head: bytes) -> str | None:
    """The encoding of UTF-16 without a BOM, by which byte of each pair is mostly zero; None for any other text."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) < len(head) // 6 or min(first, second) > max(first, second) // 10:
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _score(text: str) -> int:
    """How plausible a run of non-ASCII letters, with its neighbours, is in Portuguese: negative if it is not."""
    credit = 0
    for at, c in enumerate(text):
        if c <= "\x7f":
            continue
        before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
        if c in _LETTERS:
            fits = not (c.isupper() and (before.islower() or after.islower()) and before.strip())
            fits = fits and not (c.islower() and after.isupper()) and not (c in "àÀ" and before.isalpha())
            fits = fits and not (c in "ãõÃÕ" and after.isalpha() and after not in "oesizOESIZ")
            credit += 2 if fits else -2
        elif c in _SIGNS:
            credit += -2 if before.isalpha() and after.isalpha() else 1
        else:
            credit -= 4
    return credit


def repair_double_encoding(text: str) -> str:
    """Repair UTF-8 that a program read as a code page and encoded again: "AÃ§Ãºcar"."""
    return text if text.isascii() else _FOREIGN_RUN.sub(lambda run: _decode_again(run[0]), _SPACE_BEHIND.sub(" ", text))


def _decode_again(run: str) -> str:
    whole = _decode_once(run)
    return whole if whole != run else _PAIR.sub(lambda pair: _decode_once(pair[0]), run)


@lru_cache(maxsize=10_000)  # a list has few different runs, each up to 100,000 times
def _decode_once(run: str, depth: int = 3) -> str:
    """Undo up to ``depth`` repeated encodings of a run; the run itself if the result is not plausible."""
    for page in ("cp1252", "latin-1", "cp850", "mac_roman") if depth else ():
        try:
            once = run.encode(page).decode()
        except UnicodeError:
            continue
        before = _decode_once(once, depth - 1)
        if not has_strange_letters(before):
            return before
    return run


def _repair_wrong_page(text: str) -> str:
    """Repair text of DOS or old Mac that was read as another code page and saved as UTF-8: "A‡£car", "PÆo francˆs".

    Only if one pair of code pages turns nearly all misread words into Portuguese: a single one may be a name.
    """
    if text.isascii():
        return text
    found = [run for run, _ in Counter(_IN_A_WORD.findall(text[:_HEAD])).most_common(_SAMPLE) if "\ufffd" not in run]
    runs = [run for run in found if _score(run) < 0]
    if len(runs) < _MIN_RUNS or not _are_wrongly_decoded(runs, good=sum(_score(run) > 0 for run in found)):
        return text
    pairs = [(read_as, page) for read_as in _READ_AS for page in _WRITTEN_AS if page != read_as]
    read_as, page = max(pairs, key=lambda pair: sum(_score(_reread(run, *pair)) for run in runs))
    if sum(_score(_reread(run, read_as, page)) > 0 for run in runs) < _NEARLY_ALL * len(runs):
        return text
    return _IN_A_WORD.sub(lambda run: max(run[0], _reread(run[0], read_as, page), key=_score), text)


def _are_wrongly_decoded(runs: list[str], *, good: int) -> bool:
    """Whether the runs are wrongly decoded, and not names of another language, such as "Häagen-Dazs".

    Foreign names share few letters, and most other runs of their list are good Portuguese: ``good`` is their number.
    """
    letters = {c for run in runs for c in run if c > "\x7f"} - _SIGNS
    return 2 * sum(map(is_misread, runs)) >= len(runs) or (len(letters) >= _MIN_RUNS and good <= len(runs))


@lru_cache(maxsize=10_000)
def _reread(run: str, read_as: str, page: str) -> str:
    try:
        return run.encode(read_as).decode(page)
    except UnicodeError:
        return run
