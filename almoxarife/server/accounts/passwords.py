"""Hashes, checks and generates passwords. Requests wait for a slot for hashing (``limits/hashing``)."""

import secrets
from functools import cache
from importlib.resources import files

from werkzeug.security import check_password_hash, generate_password_hash

from almoxarife.server.errors import WeakPassword

MIN_LENGTH_ON_LOOPBACK = 4
MIN_LENGTH = 8
MIN_DIFFERENT = 3
"""Different characters: fewer are tried by whoever guesses ("00000000", "abababab"), and nobody sees spaces alone."""

# Checked for unknown names, so that they take as long as known ones.
_HASH_OF_NOBODY = (
    "scrypt:32768:8:1$NIo2id4N1R9UmyfO$"
    "237320b609295e813718e8af83b675c188a0ea1e252f7229583dded4cfee121d"
    "b6e0b59d28816227f8be6ed3835473e1b598c424d616cabf267e8f0175dc3689"
)


# A generated password has 69 bits, so its hash need not be slow: ten thousand take half a minute.
_FOR_GENERATED = "scrypt:1024:8:1"


def hash_password(password: str) -> str:
    return generate_password_hash(password)


def hash_generated_password(password: str) -> str:
    """Only for passwords of ``generate_password``; a thirtieth of the work of ``hash_password``."""
    return generate_password_hash(password, method=_FOR_GENERATED)


def is_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the stored one. Takes the same time for an unknown name and for a generated password."""
    is_right = check_password_hash(stored or _HASH_OF_NOBODY, password) and stored is not None
    if stored is not None and stored.startswith(_FOR_GENERATED):
        check_password_hash(_HASH_OF_NOBODY, password)
    return is_right


def find_weakness(password: str, username: str) -> str | None:
    """Why this password is too weak to be used over the network, as a sentence; None when it is not."""
    if len(password) < MIN_LENGTH:
        return f"A senha precisa de pelo menos {MIN_LENGTH} caracteres."
    if password.casefold() == username.casefold():
        return "A senha não pode ser igual ao nome de usuário."
    if password.casefold() in _common_passwords():
        return "Esta senha é das mais usadas no mundo e fácil de adivinhar. Escolha outra."
    if len(set(password.casefold())) < MIN_DIFFERENT:
        return "Esta senha repete os mesmos caracteres e é fácil de adivinhar. Escolha outra."
    return None


def check_strength(password: str, username: str, *, is_local: bool, field: str = "password") -> bool:
    """Whether the password is weak, which is allowed on the server's own machine. Raises WeakPassword elsewhere."""
    weakness = find_weakness(password, username)
    if weakness is not None and not is_local:
        raise WeakPassword(weakness, field=field)
    if len(password) < MIN_LENGTH_ON_LOOPBACK:
        raise WeakPassword(f"A senha precisa de pelo menos {MIN_LENGTH_ON_LOOPBACK} caracteres.", field=field)
    return weakness is not None


@cache
def _common_passwords() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


# Without 0/O and 1/l/I: a temporary password is read aloud across a shop.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def generate_temporary_password() -> str:
    """Ten readable characters, about 49 bits."""
    return "".join(secrets.choice(_READABLE) for _ in range(10))


# Without the same letters: a list of these is printed and typed.
_CLASSES = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
GENERATED_LENGTH = 12


def generate_password() -> str:
    """Twelve characters, with at least one lower-case letter, one upper-case letter and one digit: about 69 bits."""
    while True:
        password = "".join(secrets.choice("".join(_CLASSES)) for _ in range(GENERATED_LENGTH))
        if all(set(password) & set(letters) for letters in _CLASSES):
            return password
