"""``python -m tests.attack``: the whole list, tried on a server of its own on loopback; 1 where something did not hold.

``--quick`` leaves out crowds, long texts and what tests prove. With ``--postgresql`` the data is on a server
of the run's own, and what tests prove is left to the run of all of them on it.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.attack.crowds import CROWDS
from tests.attack.doors import DOORS
from tests.attack.proven import prove_all
from tests.attack.shop import opened, survived
from tests.attack.texts import LONG_TEXTS, TEXTS
from tests.databases import open_databases
from tests.server.processes import Server

WIDEST = 150


class Line(NamedTuple):
    attack: str
    seen: str
    is_held: bool
    took_s: float

    def __str__(self) -> str:
        held = "held" if self.is_held else "NOT HELD"
        return f"| {self.attack} | {self.seen.replace('|', '/')} | {held} | {self.took_s:.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what takes seconds")
    parser.add_argument("--postgresql", action="store_true", help="its data on a PostgreSQL")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the table there, too")
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    lines = ["| attack | what was seen | | s |", "| --- | --- | --- | --- |"]
    print(*lines, sep="\n", flush=True)
    not_held = 0
    for line in attack_all(is_quick=arguments.quick, on_postgres=arguments.postgresql):
        print(line, flush=True)
        lines.append(str(line))
        not_held += not line.is_held
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(f"\n{len(lines) - 2} attacks, {not_held} did not hold.")
    if arguments.report:
        arguments.report.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if not_held else 0


def attack_all(*, is_quick: bool, on_postgres: bool) -> Iterator[Line]:
    attacks = {**TEXTS, **DOORS} if is_quick else {**TEXTS, **LONG_TEXTS, **CROWDS, **DOORS}
    with (
        open_databases("postgresql" if on_postgres else "sqlite") as databases,
        tempfile.TemporaryDirectory(prefix="almoxarife-ataque-") as folder,
        opened(Path(folder), databases) as server,
    ):
        for name, attack in attacks.items():
            yield tried(name, partial(attack_one, server, attack))
    if not (is_quick or on_postgres):
        for name, proof in prove_all().items():
            yield Line(name, proof.seen[:WIDEST], proof.is_held, proof.took_s)


def attack_one(server: Server, attack: Callable[[Server], str]) -> str:
    seen = attack(server)
    survived(server)
    return seen


def tried(name: str, attack: Callable[[], str]) -> Line:
    began = time.monotonic()
    try:
        seen, is_held = attack(), True
    except (AssertionError, OSError) as failure:
        seen, is_held = " ".join(str(failure).split()) or type(failure).__name__, False
    return Line(name, seen[:WIDEST], is_held, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
