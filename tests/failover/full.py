"""Every fault, several times, under load: ``python -m tests.failover.full``. It takes the better part of an hour.

What was confirmed is there once and in order, or it ends with 1. It prints the table that stands in
``docs/failover.md``. At last a version with other tables is installed, and a late replica is read.
With ``--rounds FILE`` each round is kept there when it is over, and those that are there are not run again.
Where one is cut short, the logs of all nodes and what they say then are kept in a folder, which it names.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from almoxarife.clients.api.errors import ApiError
from tests.failover import evidence, upgrade
from tests.failover.bench import LUCAS, Bench, say
from tests.failover.demo import MISSING, start_demo
from tests.failover.faults import BY_NAME, FAULTS, Fault, small_disk, stand
from tests.failover.load import Outcome
from tests.programs import ROOT

HEAD = (
    "| fault | runs | confirmed | lost | confirmed by an old coordinator | doubled | out of order"
    " | missed by the monitor | `check` | longest wait of one, s | longest silence, s |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


@dataclass
class Result:
    fault: Fault
    outcomes: list[Outcome] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    cut_short: list[str] = field(default_factory=list)
    """Why rounds came to no outcome."""

    @property
    def is_good(self) -> bool:
        is_good = all(outcome.is_good for outcome in self.outcomes)
        return bool(self.outcomes) and is_good and not self.differences and not self.cut_short

    def take(self, told: dict[str, Any]) -> None:
        """A round, as ``run`` tells of it."""
        self.outcomes += [Outcome(**told["outcome"])] if "outcome" in told else []
        self.differences += told.get("differences", [])
        self.cut_short += [told["cut_short"]] if "cut_short" in told else []

    def row(self) -> str:
        def total(name: str) -> int:
            return sum(getattr(outcome, name) for outcome in self.outcomes)

        counted = ("confirmed", "lost", "lost_after_take_over", "doubled", "out_of_order", "missed_by_monitor")
        cells = [
            self.fault.in_words,
            str(len(self.outcomes)),
            *(f"{total(name):,}" for name in counted),
            f"{len(self.differences)}",
            ", ".join(f"{outcome.longest_gap_s:.1f}" for outcome in self.outcomes),
            ", ".join(f"{outcome.gap_of_all_s:.1f}" for outcome in self.outcomes),
        ]
        return f"| {' | '.join(cells)} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[[], *BY_NAME], metavar="FAULT", help=", ".join(BY_NAME))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rounds", type=Path, metavar="FILE")
    told = parser.parse_args()
    if MISSING:
        print(f"Not installed: {', '.join(MISSING)}")
        return 2
    faults = [BY_NAME[name] for name in told.faults] or list(FAULTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # in order, as by Ctrl-C
    results = {fault.name: Result(fault) for fault in faults}
    if told.rounds and told.rounds.exists():
        for line in told.rounds.read_text("utf-8").splitlines():
            round_told = json.loads(line)
            results[round_told["fault"]].take(round_told)
    try_faults(list(results.values()), told.runs, told.rounds)
    print(write_table(list(results.values())))
    is_good = all(result.is_good for result in results.values())
    if not told.faults:
        is_good &= upgrade.is_good(upgrade.find_commit_before())
        is_good &= try_replica()
    return 0 if is_good else 1


def try_faults(results: list[Result], runs: int, rounds: Path | None) -> None:
    """One after another, and then again, until each was tried often enough."""
    missing = [result for number in range(runs) for result in results if len(result.outcomes) <= number]
    if not missing:
        return
    folder = Path(mkdtemp(prefix="alx-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(rmtree, folder, ignore_errors=True)
        has_small_disk = stack.enter_context(small_disk(folder / "d" / "n1"))
        if not has_small_disk:
            print("No disk of its own could be mounted for the main node (root may): it is not filled.")
        bench = Bench(stack.enter_context(start_demo(folder)), stack)
        for result in missing:
            if has_small_disk or result.fault.name != "disk":
                judge(bench, result, rounds)


def judge(bench: Bench, result: Result, rounds: Path | None) -> None:
    """Run a round and keep what became of it. Raises what has cut it short: nobody knows how the cluster is then."""

    def keep(told: dict[str, Any]) -> None:
        result.take(told)
        say(f"{result.fault.name}: {told}")
        if rounds:
            with rounds.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"fault": result.fault.name, **told}) + "\n")

    try:
        told = run(bench, result.fault)
    except (AssertionError, ApiError) as error:
        keep({"cut_short": f"{type(error).__name__}: {error}", "kept": str(evidence.keep(bench.demo, LUCAS))})
        raise
    keep(told)


def write_table(results: list[Result]) -> str:
    cut_short = [f"\n{result.fault.name} was cut short: {reason}" for result in results for reason in result.cut_short]
    return HEAD + "".join(result.row() for result in results if result.outcomes) + "".join(cut_short)


def run(bench: Bench, fault: Fault) -> dict[str, Any]:
    bench.wait_until_whole()
    load = bench.start_load()
    say(f"{fault.name}: now")
    fault.strike(bench)
    stand(bench, fault)
    say(f"{fault.name}: {bench.coordinator()} coordinates")
    load.wait_for_new_confirmations()
    fault.mend(bench)
    load.wait_for_new_confirmations()
    return {"outcome": asdict(load.finish()), "differences": bench.check()}


def try_replica() -> bool:
    """10,000 writes by 16 people, each read back at once, while the standby that answers is three seconds late."""
    test = "tests/postgres/test_replica.py::test_nobody_reads_less_than_they_have_written_and_no_poller_misses_any[3]"
    asked = {**os.environ, "ALMOXARIFE_TESTES_PARES": "10000"}
    return (
        subprocess.run([sys.executable, "-m", "pytest", "-q", "--timeout=1800", test], cwd=ROOT, env=asked).returncode
        == 0
    )


if __name__ == "__main__":
    sys.exit(main())
