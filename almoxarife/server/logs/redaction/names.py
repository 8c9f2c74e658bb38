"""The names of secrets, in Portuguese, English and Spanish, for fields and within texts.

Names like ``accessToken``, ``X-API-Key``, ``DB_PASSWORD`` and ``spring.datasource.password`` are split into
words, and compared without case and accents.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

from almoxarife.server.logs.redaction.disguises import uncover


class Secrecy(IntEnum):
    """How surely the value after a name is a secret."""

    NONE = 0
    FIELD = 1
    """A secret as the name of a field; in a sentence the word means something else ("no cartão: aprovado")."""
    NAME = 2
    """A secret where its value follows at once, or after what it opens ("chave do cofre: …")."""
    WORD = 3
    """A secret whatever stands between it and its value ("o token novo do terminal: …")."""
    PHRASE = 4
    """The same, and people choose it: it may be several words ("senha=azul 123")."""


_WORDS = {
    **dict.fromkeys(("assinatura", "card", "cartao", "private"), Secrecy.FIELD),
    **dict.fromkeys(
        (
            *("auth", "bearer", "chave", "clave", "cpf", "cvc", "cvv", "hmac", "jwt", "key", "llave", "mfa", "otp"),
            *("meupin", "seupin", "novopin", "mypin", "userpin", "pin1", "pin2", "pass1", "pass2", "pw", "puk"),
            *("pincode", "code2fa", "codigo2fa"),
            *("psk", "csc"),
            *("pass", "passe", "pin", "session", "sesion", "sessao", "sid", "sig", "signature", "totp", "2fa"),
            *("authorization", "autorizacao", "autorizacion", "authenticator", "autenticador"),
        ),
        Secrecy.NAME,
    ),
    **dict.fromkeys(("psw", "pwd", "pwd1", "pwd2", "pswd"), Secrecy.PHRASE),
}
_PARTS = {
    **dict.fromkeys(("authorization", "autorizacao", "cookie", "sessionid", "sessid", "signingkey"), Secrecy.NAME),
    **dict.fromkeys(
        (*("secret", "token", "apikey", "credenc", "credential", "accesskey", "privatekey"),),
        Secrecy.WORD,
    ),
    **dict.fromkeys(("senha", "contrasen", "passw", "passphrase", "passcode", "segredo"), Secrecy.PHRASE),
}
"""A secret also as a part of a word (``minhasenha``)."""
_INNOCENT = re.compile("desenha|resenha|secretar|tokeniz")
_PAIRS = frozenset(
    {
        *(("palavra", "passe"), ("codigo", "seguranca"), ("codigo", "verificacao"), ("codigo", "acesso")),
        *(("codigo", "autenticacao"), ("codigo", "confirmacao"), ("codigo", "sms"), ("codigo", "2fa")),
        *(("codigo", "seguridad"), ("codigo", "verificacion"), ("codigo", "acceso"), ("palabra", "clave")),
        *(("codigo", word) for word in ("cofre", "alarme", "desbloqueio", "ativacao", "login", "otp", "mfa")),
        *(("codigo", word) for word in ("porta", "portao", "cadeado", "armario", "fechadura", "garagem", "wifi")),
        *(
            ("codigo", word)
            for word in ("whatsapp", "liberacao", "supervisor", "gaveta", "elevador", "predio", "antifurto")
        ),
        *(("cod", word) for word in ("acesso", "seguranca", "verificacao")),
        *((word, "codigo") for word in ("cofre", "alarme", "cadeado", "seu", "teu")),
        *(("combinacao", word) for word in ("cofre", "cadeado", "fechadura", "armario")),
        *((word, "code") for word in ("pin", "otp", "mfa", "2fa", "sms", "login", "authentication", "confirmation")),
        *(("code", "verifier"), ("device", "code"), ("dois", "fatores"), ("duas", "etapas"), ("two", "factor")),
        ("your", "code"),
        *(("chave", "privada"), ("chave", "pix"), ("clave", "privada"), ("llave", "privada")),
        *(("security", "code"), ("verification", "code"), ("access", "code"), ("pass", "phrase")),
        *(("access", "key"), ("api", "key"), ("private", "key"), ("signing", "key"), ("client", "assertion")),
    }
)
"""Pairs of words that are the name of a secret together."""

HARMLESS = frozenset(
    {
        *("level", "message", "method", "path", "status", "duration_ms", "address", "request_id", "trace_id"),
        *("span_id", "loja", "terminal", "host", "version", "problem", "chave_acesso", "chave_nfe", "chave_de_acesso"),
        *("chave_nfce", "nfe_chave", "chave_acesso_nfe"),
        *("token_count", "token_type", "key_id", "id", "uuid", "commit", "revision", "etag", "sha", "sha1", "sha256"),
        *("checksum", "pass_through"),
    }
)
"""Names of fields whose values are not secrets. Secrets within their texts are still removed."""
_SQUEEZED = frozenset(name.replace("_", "") for name in HARMLESS)
"""``chaveAcesso``, ``Chave-NFe``"""
THINGS = frozenset(
    {
        *("acesso", "alarme", "api", "app", "ativacao", "autorizacao", "banco", "bluetooth", "cadeado"),
        *("camera", "cameras", "cartao", "celular", "certificado", "cielo", "cofre", "computador", "dvr"),
        *("e-mail", "email", "fechadura", "fi", "gmail", "hotspot", "ifood", "impressora", "instagram"),
        *("internet", "liberacao", "licenca", "maquininha", "mercadopago", "modem", "notebook", "pago"),
        *("pagseguro", "painel", "pc", "pix", "portal", "portao", "recuperacao", "rede", "roteador"),
        *("seguranca", "sistema", "site", "stone", "tablet", "telegram", "vpn", "whatsapp", "wi", "wi-fi"),
        "wifi",
    }
)
"""Things that a shop mostly has only one of: the word after ``senha do wifi`` is not its name, but the secret."""
OWNERS = frozenset(
    {
        *("admin", "administrador", "apartamento", "armario", "cadastro", "caixa", "cliente", "conta"),
        *("fiscal", "funcionario", "gaveta", "gerente", "login", "loja", "operador", "porta", "supervisor"),
        *("telefone", "terminal", "usuario", "vendedor"),
    }
)
"""People, and things that a shop has several of: a name or number may follow before the secret."""
_OPENERS = frozenset(
    {
        *THINGS,
        *OWNERS,
        *("abertura", "assinatura", "autenticacao", "backup", "bloqueio", "cancelamento", "casa"),
        *("confirmacao", "criptografia", "deposito", "desarme", "desbloqueio", "desconto", "descontos"),
        *("devolucao", "elevador", "entrada", "escritorio", "estorno", "fechamento", "garagem", "gerencia"),
        *("gerencial", "integracao", "master", "mestra", "navegador", "oferta", "operacao", "pagamento"),
        *("produto", "promocao", "registro", "reset", "resgate", "sangria", "saque", "servico", "servidor"),
        *("sessao", "transferencia", "troca", "validacao", "venda", "vendas", "verificacao"),
    }
)
"""Words after ``chave de``, ``PIN de`` and ``cookie de`` that mean a secret; others mean goods."""
_NO_VALUE = frozenset({"error", "erro", "exception", "warning", "expired", "expirado", "count", "type"})
"""A name that ends with one of these is about a secret but does not contain one: ``InvalidTokenError``."""

MAX_NAME_LENGTH = 100
"""Characters. Of a longer name only the end is looked at."""
_WORD = re.compile("[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
PLURAL = re.compile("(?<=PIN|OTP|PUK)s(?![a-z])")
"""``PINs``"""
_TWO_FACTORS = re.compile("(?<![A-Za-z0-9])2[Ff][Aa](?![A-Za-z0-9])")

_BEGINNINGS = {*_WORDS, *_PARTS, "palavra", "palabra", "codigo", "code", "phrase", "assertion", "combinacao"}
_BEGINNINGS |= {"fatores", "etapas", "factor"}
STEMS = tuple(sorted(word for word in _BEGINNINGS if not any(part in word for part in _BEGINNINGS - {word})))
"""A text with none of these has no name of a secret."""


def _fold(code: int) -> str:
    found = unicodedata.normalize("NFKD", chr(code)).casefold()
    base = "".join(c for c in found if not unicodedata.combining(c))
    return base if len(base) == 1 and base.isascii() else chr(code)


_ACCENTS = {code: _fold(code) for code in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0xFF01, 0xFF5F))}
_ACCENTS |= dict(zip(map(ord, "аеорсухіѕјһԁ"), "aeopcyxisjhd", strict=True))  # Cyrillic


def fold(text: str) -> str:
    """``text`` without case and accents, of the same length, so that positions are the same."""
    return text.lower() if text.isascii() else text.translate(_ACCENTS)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return secrecy(name) is not Secrecy.NONE


def secrecy(name: str) -> Secrecy:
    # Cut, so that the cache is bounded in bytes too.
    return _secrecy(name[-MAX_NAME_LENGTH:])


def is_pair(first: str, second: str) -> bool:
    """Whether two words near each other are the name of a secret: ``código de segurança``, ``security code``."""
    return (first, second) in _PAIRS


def is_opener(word: str) -> bool:
    return word in _OPENERS


def is_harmless(name: str) -> bool:
    return _is_harmless(name) if len(name) <= MAX_NAME_LENGTH else False


@lru_cache(maxsize=4096)
def _is_harmless(name: str) -> bool:
    folded = name.lower()
    return folded in HARMLESS or (folded.endswith("_id") and not is_secret(name))


def _without_accent(letter: str) -> str:
    """In its own case, which is needed to split the name into words."""
    plain = letter if letter.isascii() else _ACCENTS.get(ord(letter), letter)
    return plain.upper() if letter.isupper() else plain


@lru_cache(maxsize=4096)
def _secrecy(name: str) -> Secrecy:
    plain = name if name.isascii() else "".join(_without_accent(c) for c in name)
    folded = fold(plain)
    if (uncovered := uncover(folded)) != folded:
        plain = uncovered.replace(" ", "")
    if plain.lower().replace("-", "").replace("_", "") in _SQUEEZED:
        return Secrecy.NONE
    plain = PLURAL.sub("", plain)
    words = [word.lower() for word in _WORD.findall(_TWO_FACTORS.sub("mfa", plain))]
    if not words or words[-1] in _NO_VALUE:
        return Secrecy.NONE
    joined = "_".join(words)
    found = max(_WORDS.get(word.removesuffix("s"), _WORDS.get(word, Secrecy.NONE)) for word in words)
    if any(first in words and second in words for first, second in _PAIRS):
        found = Secrecy.PHRASE
    innocent = _INNOCENT.sub(" ", joined)
    return max([found, *(strength for part, strength in _PARTS.items() if part in innocent)])
