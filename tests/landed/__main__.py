"""``python -m tests.landed``: keep a shop of today's schema beside those of earlier ones, in a file and on a server.

For whoever lands a revision, in the commit that lands it. What is there already stays as it is.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from almoxarife.server.upkeep.migrations import HEAD
from tests.databases import OnCluster, open_databases
from tests.landed import FOLDER
from tests.landed.shop import dump, make_shop


def main() -> None:
    for kind in ("sqlite", "postgresql"):
        kept = FOLDER / f"{HEAD}.{kind}.sql.gz"
        if kept.exists():
            print(f"{kept.name} is there, and does not change.")
            continue
        with open_databases(kind) as databases, TemporaryDirectory() as folder:
            place = databases.make(Path(folder))
            make_shop(place, Path(folder))
            tools = databases.cluster.tools if isinstance(databases, OnCluster) else None
            kept.write_bytes(dump(place, tools))
        print(f"{kept.name} is new.")


if __name__ == "__main__":
    main()
