"""Opens the database for one command."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from almoxarife.server.audit import sealing
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import StartupError
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import migrations, preparation

RECOVER = "Confira o disco e recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force"
"""What to do about a damaged file."""


@contextmanager
def reading(settings: Settings) -> Iterator[tuple[Database, Session]]:
    """A snapshot of the database. Raises StartupError if it is of another version."""
    with preparation.at_hand(preparation.path_or_url_of(settings)) as path_or_url:
        if migrations.has_data(path_or_url):
            require_current(path_or_url)
        with _opened(path_or_url) as database, database.reading() as session:
            yield database, session


def opened(settings: Settings) -> AbstractContextManager[Database]:
    """Open the database, also beside a running server. Raises StartupError if there is none."""
    return _opened(preparation.path_or_url_of(settings))


@contextmanager
def _opened(path_or_url: Path | str) -> Iterator[Database]:
    if not migrations.has_data(path_or_url):
        where = f"{path_or_url}. Inicie o servidor uma vez ou confira ALMOXARIFE_DATA_DIR"
        if not isinstance(path_or_url, Path):
            where = "ALMOXARIFE_DATABASE_URL. Inicie o servidor uma vez ou confira o endereço"
        raise StartupError(f"Ainda não há dados em {where}.")
    preparation.require_own_log(path_or_url)
    database = Database.open(path_or_url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction. A database in a file must not be in use by a server."""
    settings = Settings.from_environment()
    path_or_url = preparation.path_or_url_of(settings)
    with ExitStack() as stack:
        if isinstance(path_or_url, Path):
            stack.enter_context(preparation.sole_use(settings))
        database = preparation.open_database(settings)
        stack.callback(database.close)
        sealing.repair_and_seal(database, ServiceKeys.of(settings).list_hashes())
        yield stack.enter_context(database.transaction())


@contextmanager
def recording(
    tag: Tag,
    *,
    subject: str | None = None,
    cause: str | None = None,
    row_hash: Callable[[], bytes | None] | None = None,
) -> Iterator[None]:
    """Record an audit entry about what the block does outside of the database; none if the block raises.

    The block holds the write lock of the database, so it must not take longer than writing a file. Works
    beside a running server, which caches nothing of the audit trail. Without a database, as with a log service that
    runs alone, nothing is recorded.
    """
    settings = Settings.from_environment()
    path_or_url = preparation.path_or_url_of(settings)
    if not migrations.has_data(path_or_url):
        yield
        return
    require_current(path_or_url)
    with opened(settings) as database, database.transaction() as session:
        audit.record(session, tag, subject=subject, cause=cause, row_hash=row_hash)
        yield


def require_current(path_or_url: Path | str) -> None:
    """Raises StartupError for a database that this program would have to upgrade first."""
    preparation.require_own_log(path_or_url)
    if not migrations.is_current(path_or_url):
        raise StartupError("Os dados são de outra versão do Almoxarife. Inicie o servidor uma vez e tente de novo.")
