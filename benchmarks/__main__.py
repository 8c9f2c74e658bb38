"""Compares Almoxarife with its peers and with a server that does nothing: ``python -m benchmarks [--quick]``.

The exit code is 1 if a contender gives a wrong answer; never because of a time.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import chart, load, machine, report, slow_disk
from benchmarks.contender import Contender
from benchmarks.floor import Floor
from benchmarks.operations import MONITORS, OPERATIONS, SUMS
from benchmarks.ours import SHORT_HISTORY, Almoxarife, ShortHistory
from benchmarks.ours_on_postgresql import OnPostgreSQL
from benchmarks.peers.fastapi import FastAPI
from benchmarks.peers.pocketbase import OneRow, PocketBase
from benchmarks.results import Results
from benchmarks.rounds import Plan, run

_UNREACHED = "A slowed fsync does not reach it."
HISTORY, QUICK_HISTORY = 1_000_000, 2_000
QUICK_MONITORS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; the exit code."""
    options = _options(arguments)
    operations = tuple(options.operations or OPERATIONS)
    contenders = _contenders(options.movements, sales=options.movements if SUMS in operations else 0)
    present, obstacles = _choose(contenders, options, set(operations))
    load.allow_many_files()
    with TemporaryDirectory(prefix="benchmarks-", dir=options.folder) as folder:
        where = machine.describe(Path(folder)) | {"load": "wrk" if options.with_wrk else "benchmarks.loader"}
        _say(json.dumps(where))
        if options.slow_disk:
            library = slow_disk.build(Path(folder))
            if library is None:
                _say("--slow-disk needs Linux and a C compiler (cc).")
                return 2
            os.environ["LD_PRELOAD"] = str(library)
        results = run(
            Plan(
                contenders=present,
                operations=operations,
                rounds=options.rounds,
                seconds=options.seconds,
                monitors=options.monitors,
                folder=Path(folder),
                with_wrk=options.with_wrk,
                say=_say,
            )
        )
    results.missing = obstacles
    titles = {one.name: one.title for one in contenders}
    print("\n".join(report.lines(results, titles)))
    versions = {one.name: one.version() for one in present}
    sizes = ("rounds", "seconds", "movements", "monitors", "quick", "slow_disk")
    chosen_options = {name: getattr(options, name) for name in sizes}
    _write_files(options, {"machine": where, "options": chosen_options, "versions": versions}, results, titles)
    return 1 if results.wrong else 0


def _write_files(options: argparse.Namespace, about: dict[str, Any], results: Results, titles: dict[str, str]) -> None:
    if options.json:
        options.json.write_text(json.dumps(about | results.to_json(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text("\n".join(report.markdown(results, titles)) + "\n")
    if options.svg:
        where = about["machine"]
        caption = f"{where['date'][:10]}, {where['cores']} cores, {options.rounds} rounds of {options.seconds:g} s"
        options.svg.write_text(chart.draw(results, titles, f"{caption}, {options.movements:,} movements"))


def _choose(
    contenders: Sequence[Contender], options: argparse.Namespace, operations: set[str]
) -> tuple[list[Contender], dict[str, str]]:
    """Those that take part, and by title why others that were asked for cannot."""
    takes_part = [one for one in contenders if not operations.isdisjoint(one.operations)]
    chosen = [one for one in takes_part if not options.only or one.name in options.only]
    obstacles = {one.title: why for one in chosen if (why := one.find_obstacle())}
    if options.slow_disk:
        obstacles |= {one.title: _UNREACHED for one in chosen if not one.is_slowed}
    return [one for one in chosen if one.title not in obstacles], obstacles


def _contenders(movements: int, sales: int = 0) -> list[Contender]:
    """``sales``: needed by ``SUMS`` alone, and a third of the time that the preparation takes."""
    return [
        Almoxarife(movements, sales),
        ShortHistory(),
        OnPostgreSQL(movements, sales),
        Floor(),
        FastAPI(movements, sales),
        PocketBase(movements),
        OneRow(SHORT_HISTORY),
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [one.name for one in _contenders(1)]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute; for errors, not for figures")
    parser.add_argument("--rounds", type=int, help="default 5, with --quick 1")
    parser.add_argument("--seconds", type=float, help="of each window; default 3, with --quick 0.15")
    parser.add_argument("--movements", type=int, help="length of the history; default 1,000,000, with --quick 2,000")
    parser.add_argument("--monitors", type=int, help="kept connections; default 1,000, with --quick 200")
    parser.add_argument("--only", action="append", metavar="CONTENDER", choices=names, help=", ".join(names))
    parser.add_argument("--operations", nargs="+", metavar="NAME", choices=list(OPERATIONS), help=", ".join(OPERATIONS))
    parser.add_argument("--slow-disk", action="store_true", help="each fsync takes 2 ms longer, for those it reaches")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="the tables, for a page")
    parser.add_argument("--svg", type=Path, metavar="FILE")
    parser.add_argument("--folder", type=Path, help="where the data are made; default the temporary directory")
    parser.add_argument("--own-loader", action="store_true", help="leave wrk aside")
    options = parser.parse_args(arguments)
    quick = options.quick
    options.rounds = options.rounds or (1 if quick else 5)
    options.seconds = options.seconds or (0.15 if quick else 3.0)
    options.movements = options.movements or (QUICK_HISTORY if quick else HISTORY)
    options.monitors = options.monitors or (QUICK_MONITORS if quick else MONITORS)
    options.with_wrk = load.has_wrk() and not options.own_loader
    return options


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
