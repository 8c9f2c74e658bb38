"""Draft the next revision from the models: ``python -m almoxarife.server.upkeep.migrations "add suppliers"``.

Correct the draft, set ``HEAD`` to it, and try it on a copy of a real database.
"""

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory

from sqlalchemy import MetaData

import almoxarife.server
from almoxarife.server.store.columns import tell_postgresql
from almoxarife.server.store.sessions import Base
from almoxarife.server.upkeep.migrations import HEAD, alembic_on, migrate


def load_models() -> MetaData:
    """The tables of all features, found by module name, because this package may not import features."""
    for module in walk_packages(almoxarife.server.__path__, f"{almoxarife.server.__name__}."):
        if module.name.endswith((".models", ".idempotency")):
            import_module(module.name)
    tell_postgresql(Base.metadata)
    return Base.metadata


def draft(message: str, scripts: Path) -> None:
    from alembic import command

    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.db"
        migrate(path, scripts=scripts)
        with alembic_on(path, scripts) as config:
            config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
            config.attributes["metadata"] = load_models()
            command.revision(config, message, autogenerate=True, rev_id=f"{int(HEAD) + 1:04}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    draft(sys.argv[1], Path(__file__).parent)
