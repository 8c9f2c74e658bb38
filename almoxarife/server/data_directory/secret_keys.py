"""The secret keys of a shop: for signing tokens, for hashing CPFs, and for this computer's text terminal."""

import secrets

from almoxarife.files import disk_reason, write_atomically
from almoxarife.server.errors import StartupError
from almoxarife.server.settings import Settings

SECRET_KEY = "chave-secreta.txt"  # noqa: S105  # a file's name
CPF_KEY = "chave-cpf.txt"
TERMINAL_KEY = "chave-terminal.txt"
MIN_KEY_LENGTH = 32


def secret_keys(settings: Settings) -> tuple[str, ...]:
    """The keys that sign tokens, newest first: the first one signs, all are accepted.

    From ``ALMOXARIFE_SECRET_KEY``, else the lines of ``ALMOXARIFE_SECRET_KEY_FILE``, else those of a
    file in the data directory, which is created on the first run. To rotate, write a new line above the
    old one and restart; remove the old one when its tokens have expired. Raises
    StartupError if a file has no key or a short one.
    """
    if settings.secret_key is not None:
        return (settings.secret_key,)
    path = settings.secret_key_file or settings.data_dir / SECRET_KEY
    try:
        if settings.secret_key_file is None and not path.exists():
            write_atomically(path, f"{secrets.token_urlsafe(48)}\n".encode())
        keys = tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        reason = disk_reason(error) if isinstance(error, OSError) else "não é um texto"
        raise StartupError(f"Não foi possível ler a chave secreta em {path} ({reason}). Confira o arquivo.") from error
    if not keys or min(map(len, keys)) < MIN_KEY_LENGTH:
        raise StartupError(
            f"O arquivo {path} não tem uma chave secreta válida: cada linha precisa de {MIN_KEY_LENGTH} caracteres "
            "ou mais. Corrija-o, ou apague-o para criar outra chave (todos entram de novo)."
        )
    return keys


def rotate_secret_key(settings: Settings) -> None:
    """Add a new key, which signs from now on; the others are still accepted. Raises StartupError without a key file."""
    if settings.secret_key is not None:
        raise StartupError("A chave está em ALMOXARIFE_SECRET_KEY: troque o valor da variável.")
    keys = (secrets.token_urlsafe(48), *secret_keys(settings))
    path = settings.secret_key_file or settings.data_dir / SECRET_KEY
    write_atomically(path, "".join(f"{key}\n" for key in keys).encode())


def cpf_key(settings: Settings) -> bytes:
    """The key that CPFs are hashed with, from ``ALMOXARIFE_CPF_KEY_FILE`` or a file of the data directory.

    It is never rotated: with another key nobody would be found by their
    CPF. Created on the first run. Raises StartupError if the file has no key.
    """
    path = settings.cpf_key_file or settings.data_dir / CPF_KEY
    try:
        if settings.cpf_key_file is None and not path.exists():
            write_atomically(path, f"{secrets.token_urlsafe(48)}\n".encode())
        key = path.read_bytes().strip()
    except OSError as error:
        raise StartupError(f"Não foi possível ler a chave dos CPFs em {path} ({error}). Confira o arquivo.") from error
    if len(key) < MIN_KEY_LENGTH:
        raise StartupError(
            f"O arquivo {path} não tem uma chave válida: são {MIN_KEY_LENGTH} caracteres ou mais. Recupere-o de uma "
            "cópia; com outra chave ninguém mais entra pelo CPF, só pelo nome de usuário."
        )
    return key


def terminal_key(settings: Settings) -> str:
    """The key with which this computer's text terminal proves itself, to name its users' addresses.

    Created on the first run. Raises StartupError if the file cannot be used.
    """
    path = settings.data_dir / TERMINAL_KEY
    try:
        if not path.exists():
            write_atomically(path, f"{secrets.token_urlsafe(48)}\n".encode())
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"Não foi possível ler a chave do terminal em {path} ({error}). Apague-o.") from error
    if len(key) < MIN_KEY_LENGTH:
        raise StartupError(f"O arquivo {path} não tem uma chave válida. Apague-o, e outra é criada.")
    return key
