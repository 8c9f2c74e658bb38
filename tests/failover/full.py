"""Every fault, several times, under load: ``python -m tests.failover.full``. It takes the better part of an hour.

What was confirmed is there once and in order, or it ends with 1. ``--report`` writes the table
that stands in ``docs/failover.md``. At last a version with other tables is installed, and a late replica is read.
"""

import argparse
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from tests.failover import upgrade
from tests.failover.bench import Bench, say
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

    @property
    def is_good(self) -> bool:
        return bool(self.outcomes) and all(outcome.is_good for outcome in self.outcomes) and not self.differences

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
    parser.add_argument("--report", type=Path)
    told = parser.parse_args()
    if MISSING:
        print(f"Not installed: {', '.join(MISSING)}")
        return 2
    faults = [BY_NAME[name] for name in told.faults] or list(FAULTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # in order, as by Ctrl-C
    folder = Path(mkdtemp(prefix="alx-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(rmtree, folder, ignore_errors=True)
        if not stack.enter_context(small_disk(folder / "d" / "n1")):
            faults = [fault for fault in faults if fault.name != "disk"]
            print("No disk of its own could be mounted for the main node (root may): it is not filled.")
        demo = stack.enter_context(start_demo(folder))
        bench = Bench(demo, stack)
        results = [Result(fault) for fault in faults]
        for _ in range(told.runs):
            for result in results:
                run(bench, result)
                if told.report:
                    told.report.write_text(write_table(results), "utf-8")
            say("every fault was tried")
    print(write_table(results))
    is_good = all(result.is_good for result in results)
    if not told.faults:
        is_good &= upgrade.is_good(upgrade.find_commit_before())
        is_good &= try_replica()
    return 0 if is_good else 1


def write_table(results: list[Result]) -> str:
    return HEAD + "".join(result.row() for result in results if result.outcomes)


def run(bench: Bench, result: Result) -> None:
    fault = result.fault
    bench.wait_until_whole()
    load = bench.start_load()
    say(f"{fault.name}: now")
    fault.strike(bench)
    stand(bench, fault)
    say(f"{fault.name}: {bench.coordinator()} coordinates")
    load.wait_for_new_confirmations()
    fault.mend(bench)
    load.wait_for_new_confirmations()
    outcome = load.finish()
    result.outcomes.append(outcome)
    result.differences += bench.check()
    say(f"{fault.name}: {outcome} {result.differences}")


def try_replica() -> bool:
    """10,000 writes by 16 people, each read back at once, while the standby that answers is three seconds late."""
    test = "tests/postgres/test_replica.py::test_nobody_reads_less_than_they_have_written_and_no_poller_misses_any[3]"
    asked = {**os.environ, "ALMOXARIFE_TESTES_PARES": "10000"}
    return subprocess.run([sys.executable, "-m", "pytest", "-q", test], cwd=ROOT, env=asked).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
