"""Removes secrets that are recognised by their form: URLs with a password, tokens, keys, hashes, command lines."""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from almoxarife.server.logs.redaction.names import is_harmless, is_secret

REMOVED = "[removido]"

_ADDRESS = re.compile(r":(?:\\?/){2}([^\s\"'<>`]+)")
_AUTHORITY_END = re.compile(r"[/?#\\]|\Z")
_PARAMETER = re.compile(r"([?&#][^\s=&?#\"'<>]{1,100}=)([^\s&#\"'<>]+)")
_MAX_USER_LENGTH = 20
_LOGIN = re.compile(
    r"oauth|openid|callback|/(?:cb|sso|login|signin|auth)\b|[?&#](?:state|session_state|scope|grant_type|id_token)="
)
_AROUND = 200

# Written so that its first letter is looked for at once: without case as a whole it takes four times as long.
_SCHEME = re.compile(r"([Bb](?i:earer|asic)|[Dd](?i:igest)|[Nn](?i:egotiate|tlm))(\s{1,8})([\w.~+/=-]{6,})")
_OF_THE_SCHEME = frozenset(
    {"tokens", "authentication", "authorization", "header", "scheme", "missing", "invalid", "realm", "error"}
)
_SIGNATURES = {27, 43}
"""Lengths in base64 of the signatures of our tokens: SHA-1 in earlier versions, SHA-256 now."""
_DOTTED = re.compile(r"[\w.-]{20,}")
_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:almx_|gh[opsu]_|github_pat_|glpat-|xox[a-z]-|sk-|[rsp]k_(?:live|test)_|AKIA|ASIA|AIza|ya29\.|"
    r"SG\.|npm_|pypi-|hf_|APP_USR-|TEST-(?=\d{16}-)|whsec_|shp(?:at|ca|pa|ss)_|sq0[a-z]{3}-|EAA(?=[A-Za-z0-9]{40})|"
    r"\$aact_)[\w.-]{16,}={0,2}"
)
_HASH = re.compile(
    r"\{S?SHA\d{0,3}\}\S{10,}|(?:scrypt|pbkdf2|argon2[a-z]{0,2}|bcrypt)[\w-]{0,20}[:$]\S+|\$(?:2[abxy]?|[1567y]|apr1|argon2[a-z]{0,2}|scrypt)\$\S{10,}"
)
_MIN_LENGTH = len("basic 123456")
_WIFI = re.compile(r"(WIFI:(?:[A-OQ-Z]:(?:[^;\\]|\\.){0,100};){0,6}P:)(?:[^;\\]|\\.){1,100}", re.IGNORECASE)
"""The content of a QR code for customers' Wi-Fi."""
_PIX = re.compile(r"(br\.gov\.bcb\.pix01)(\d\d)(?!\[removido)(\S{1,99})", re.IGNORECASE)
"""The key in what a QR code for payments by Pix holds, after its length: a CPF, a telephone, an address."""
_PUTTY_KEY = re.compile(r"(Private-Lines: )\d{1,6}\s(?:[A-Za-z0-9+/=]{1,200}\s{0,2})*")
_TYPED = re.compile(
    r"(?P<option>(?<!\S)(?:-[uU]|--(?:proxy-)?user)[ =]{1,3}[^\s:]{1,64}:)[^\s\"']+"
    r"|(?P<tool>\b(?:sshpass\s{1,3}-p\s{0,3}|(?:mysql|mariadb)[\w-]{0,20}\s(?:[^\n|;]{0,200}?\s)?-p))[^\s\"']+"
    r"|(?P<statement>\b(?i:identified\s{1,3}(?:with\s{1,3}\S{1,40}\s{1,3})?by)\s{1,3})(?:'[^']*'|\"[^\"]*\")"
    r"|(?P<user>(?<![\w:/@.-])[A-Za-z][\w.-]{0,40}:)[^\s:@/\"']{3,100}(?=@[\w.-]{1,100}[:/])"
)
"""In command lines and statements: ``curl -u ana:…``, ``mysql -p…``, ``IDENTIFIED BY '…'``, ``ana:…@banco:5432``."""
_KEY_BLOCK, _KEY_END = "-----BEGIN ", "-----END "

_UNBROKEN = re.compile("[A-Za-z0-9]{20,}")
_SWITCH = re.compile("[0-9][A-Za-z]|[A-Za-z][0-9]")
_MIN_SWITCHES_OF_A_USER = 2
_MIN_SWITCHES = 3
"""Changes from letter to digit or back: a key of 20 characters has more, a file name with a date has one."""


def is_key(text: str) -> bool:
    """Whether the text has a long run of mixed letters and digits, as keys are."""
    return any(len(_SWITCH.findall(found)) >= _MIN_SWITCHES for found in _UNBROKEN.findall(text))


def remove_from_addresses(text: str, redact_text: Callable[[str], str]) -> str:
    """Remove passwords before the host and secret parameters; ``redact_text`` judges the other parameters."""

    def parameter(found: "re.Match[str]") -> str:
        name, value = unquote_plus(found[1][1:-1]), found[2]
        plain = unquote_plus(value) if "%" in value else value
        is_known = is_secret(name) or (name.lower() == "code" and _is_of_a_login(found))
        if is_known or (is_key(plain) and not is_harmless(name)) or redact_text(plain) != plain:
            return found[1] + REMOVED
        return found[0]

    if "//" in text or "/\\/" in text:
        text = _ADDRESS.sub(_without_user, text)
    return _PARAMETER.sub(parameter, text) if "=" in text else text


def remove_shapes(text: str) -> str:
    """Remove tokens, keys and hashes."""
    if len(text) < _MIN_LENGTH:
        return text
    if _KEY_BLOCK in text:
        text = _without_key_blocks(text)
    if "Private-Lines: " in text:
        text = _PUTTY_KEY.sub(rf"\g<1>{REMOVED} ", text)
    if "IFI:" in text or "ifi:" in text:
        text = _WIFI.sub(rf"\g<1>{REMOVED}", text)
    if ".bcb." in text or ".bcb." in text.lower():
        text = _PIX.sub(lambda found: found[1] + found[2] + REMOVED + found[3][int(found[2]) :], text)
    text = _TYPED.sub(lambda found: "".join(part or "" for part in found.groups()) + REMOVED, text)
    text = _SCHEME.sub(_without_credentials, text)
    if "." in text:  # before what may be a part of a token, which is known by the lengths of its parts
        text = _DOTTED.sub(_without_tokens, text)
    text = _KNOWN.sub(REMOVED, text)
    if "$" in text or ":" in text:
        text = _HASH.sub(REMOVED, text)
    return text


def _is_of_a_login(code: "re.Match[str]") -> bool:
    """Whether this ``code`` parameter is an OAuth code, judged by the text around it."""
    before = code.string[max(0, code.start() - _AROUND) : code.start()].split()
    after = code.string[code.end() : code.end() + _AROUND].split(None, 1)
    return _LOGIN.search(f"{before[-1] if before else ''} {after[0] if after else ''}".lower()) is not None


def _without_user(found: "re.Match[str]") -> str:
    rest = found[1]
    host_at = rest.rfind("@", 0, _AUTHORITY_END.search(rest).start())  # type: ignore[union-attr]  # its end is found
    if host_at < 0:
        # A password may have a slash that was not escaped as %2F: then the part after ":" is no port.
        port = rest[: _AUTHORITY_END.search(rest).start()].rpartition(":")[2]  # type: ignore[union-attr]
        if ":" not in rest or port.isdigit() or port.endswith("]") or (host_at := rest.rfind("@")) < 0:
            return found[0]
    user, colon, _ = rest[:host_at].partition(":")
    is_name = len(_SWITCH.findall(user)) < _MIN_SWITCHES_OF_A_USER and len(user) < _MAX_USER_LENGTH
    if not colon and is_name:
        return found[0]
    shown = user if (len(user) < _MAX_USER_LENGTH if colon else is_name) else REMOVED
    return found[0][: -len(rest)] + (f"{shown}:{REMOVED}" if colon else shown) + rest[host_at:]


def _without_credentials(found: "re.Match[str]") -> str:
    scheme, space, word = found.groups()
    is_prose = word.lower().rstrip("=") in _OF_THE_SCHEME
    if not is_prose and scheme.lower() != "bearer":
        # "o plano basic mensal"
        is_prose = word.isalpha() and (word.islower() or word.istitle())
    return found[0] if is_prose else f"{scheme}{space}{REMOVED}"


def _without_tokens(found: "re.Match[str]") -> str:
    """Remove JSON Web Tokens (``eyJ….….…``) and our own tokens, three parts of known lengths."""
    parts = found[0].split(".")
    for place, part in enumerate(parts[:-2]):
        is_ours = len(parts[place + 1]) == 6 and len(parts[place + 2]) in _SIGNATURES and len(part) >= 6
        if is_ours or part.startswith("eyJ"):
            return ".".join([*parts[:place], REMOVED])
    return found[0]


def _without_key_blocks(text: str) -> str:
    """Remove private keys in PEM; one without an end marker extends to the end of the text."""
    kept: list[str] = []
    done = 0
    while (start := text.find(_KEY_BLOCK, done)) >= 0:
        kept.append(text[done:start])
        if "PRIVATE KEY" in text[start : start + 50]:
            end = text.find(_KEY_END, start)
            done = text.find("-----", end + len(_KEY_END)) + 5 if end >= 0 else 0
            done = done if done > 5 else len(text)
            kept.append(REMOVED)
        else:
            done = start + len(_KEY_BLOCK)
            kept.append(_KEY_BLOCK)
    return "".join([*kept, text[done:]])
