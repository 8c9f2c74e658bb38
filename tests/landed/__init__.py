"""Databases as each landed revision made them on its day, and what was written to them by the program of that day.

Two people registered (``admin`` with the password 1234 first), products and movements recorded, one reversed; where
the program could, a list imported, another undone, a person erased, sales made and one taken back. A later shape is
added when a revision lands, by the program of that day: ``python -m tests.landed``. None changes.
"""

import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from almoxarife.server.store.database import is_server
from almoxarife.server.upkeep import migrations
from tests.databases import Place

FOLDER = Path(__file__).parent


def list_dumps(kind: str) -> list[Path]:
    return sorted(FOLDER.glob(f"*.{kind}.sql*"))


def load(dump: Path, place: Place) -> Place:
    content = dump.read_bytes()
    text = (gzip.decompress(content) if dump.suffix == ".gz" else content).decode()
    if is_server(place):
        import psycopg

        with psycopg.connect(str(place), autocommit=True) as line:
            line.execute(text.encode())
    else:
        with closing(sqlite3.connect(place)) as db:
            db.executescript(text)
    return place


def migrate_to(place: Place, head: str) -> bool:
    """Create or upgrade a database as the program did whose newest revision was ``head``."""
    with TemporaryDirectory() as folder:
        scripts = Path(folder) / "scripts"
        shutil.copytree(Path(migrations.__file__).parent, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        for revision in (scripts / "versions").glob("r*.py"):
            if revision.name[1:5] > head:
                revision.unlink()
        return migrations.migrate(place, scripts=scripts, head=head, backs_up=False)
