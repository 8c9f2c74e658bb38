"""A version with other tables is installed node by node, while everybody works: ``python -m tests.failover.upgrade``.

The older version is the real one: the last commit before the newest revision of the schema. It
refuses to begin beside the newer one and the newer one beside it, until all are of one kind.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from almoxarife.build import name_build
from almoxarife.clients.api.client import ApiClient
from almoxarife.server.upkeep.migrations import HEAD
from tests.failover.bench import NODES, say
from tests.failover.demo import DIES_WITH_PARENT, MISSING, PROGRAM, Demo, start_demo
from tests.failover.load import Outcome, keep_asking, open_account, start_tills
from tests.failover.patience import wait_until
from tests.programs import ROOT, wait_for

REVISIONS = "almoxarife/server/upkeep/migrations/versions"
RESTARTS_AFTER_S = 2.0
"""As systemd does it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", help="the older version; usually the last one with the schema of before")
    told = parser.parse_args()
    if MISSING:
        print(f"Not installed: {', '.join(MISSING)}")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # in order, as by Ctrl-C
    return 0 if is_good(told.commit or find_commit_before()) else 1


def find_commit_before() -> str:
    """The last one whose schema is not the newest."""
    added = ["log", "-1", "--diff-filter=A", "--format=%H", "--", f"{REVISIONS}/r{HEAD}_*.py"]
    return _git("rev-parse", f"{_git(*added)}^")


def is_good(commit: str) -> bool:
    folder = Path(mkdtemp(prefix="alx-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(rmtree, folder, ignore_errors=True)
        older = folder / "older"
        packed = subprocess.run(["git", "archive", commit, "almoxarife"], cwd=ROOT, capture_output=True, check=True)
        older.mkdir()
        subprocess.run(["tar", "--extract", f"--directory={older}"], input=packed.stdout, check=True)
        demo = stack.enter_context(start_demo(folder, older))
        return upgrade(demo, older)


def upgrade(demo: Demo, older: Path) -> bool:
    load = start_tills(demo.urls, open_account(demo.urls))
    say(f"three nodes of {versions(demo)} at work")
    with ExitStack() as stack:
        for node in NODES[:0:-1]:
            demo.end(node, "api", signal.SIGTERM)
            stack.enter_context(kept_running(demo, node, ROOT))
            refused = wait_for("a refusal", lambda at=node: find_refusal(demo, at), within_s=60)
            say(f"{node} has the newer version, and says: {refused}")
            load.wait_for_new_confirmations()
        say(f"tills go on: {versions(demo)}")
        demo.end("n1", "api", signal.SIGTERM)
        began = time.monotonic()
        wait_until(lambda: {versions(demo)[node] for node in NODES[1:]} == {name_build()}, seconds=120)
        say(f"the last older one has ended; {time.monotonic() - began:.1f} s later the newer ones serve")
        beside = start_api(demo, "n1", older)
        assert beside.wait(60) != 0
        say(f"n1 with the older version says: {find_refusal(demo, 'n1')}")
        stack.enter_context(kept_running(demo, "n1", ROOT))
        wait_until(lambda: set(versions(demo).values()) == {name_build()}, seconds=60)
        load.wait_for_new_confirmations()
        outcome = load.finish()
        found = check(demo)
        say(f"{versions(demo)}: {describe(outcome)}; check: {found}")
    return outcome.is_good and found == "Tudo certo"


def describe(outcome: Outcome) -> str:
    return ", ".join(f"{name} {value}" for name, value in vars(outcome).items())


def check(demo: Demo) -> str:
    told = in_node(demo, "n2", ROOT, "check")
    if "Tudo certo" not in told:
        say(f"after the upgrade, as docs/cluster.md says: {told}")
        in_node(demo, "n2", ROOT, "rebuild-totals")
        told = in_node(demo, "n2", ROOT, "check")
    return "Tudo certo" if "Tudo certo" in told else told


def versions(demo: Demo) -> dict[str, str]:
    """Of the server at each node; empty where none answers."""
    found = {}
    for node, url in zip(NODES, demo.urls.split(","), strict=True):
        client = ApiClient(url)
        found[node] = str(keep_asking(lambda client=client: client.health().version)() or "")
        client.close()
    return found


def find_refusal(demo: Demo, node: str) -> str:
    """The last sentence of a start that came to nothing."""
    told = (demo.folder / node / "api.log").read_text("utf-8")
    found = re.findall(r"^.*(?:Nada foi mudado|versão mais nova|acaba de atualizar).*$", told, re.MULTILINE)
    return found[-1] if found else ""


def start_api(demo: Demo, node: str, program_folder: Path) -> "subprocess.Popen[bytes]":
    command = [*demo.enter(node), *PROGRAM, "serve"]
    folder = demo.folder / node
    with (folder / "api.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment(demo, node, program_folder), stdout=log, stderr=subprocess.STDOUT
        )


def in_node(demo: Demo, node: str, program_folder: Path, *words: str) -> str:
    command, folder = [*demo.enter(node), *PROGRAM, *words], demo.folder / node
    done = subprocess.run(
        command, cwd=folder, env=environment(demo, node, program_folder), capture_output=True, encoding="utf-8"
    )
    return done.stdout + done.stderr


def environment(demo: Demo, node: str, program_folder: Path) -> dict[str, str]:
    lines = (demo.folder / node / "almoxarife.env").read_text("utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
    return {**kept, **told, "ALMOXARIFE_HOST": "127.0.0.1", "PYTHONPATH": str(program_folder)}


@contextmanager
def kept_running(demo: Demo, node: str, program_folder: Path) -> Iterator[None]:
    """Started again whenever it ends, as a service is."""
    loop = f'while :; do "$@"; sleep {RESTARTS_AFTER_S}; done'
    folder = demo.folder / node
    command = [*demo.enter(node), "sh", "-c", loop, "sh", *DIES_WITH_PARENT, *PROGRAM, "serve"]
    with (folder / "api.log").open("ab") as log:
        service = subprocess.Popen(
            command, cwd=folder, env=environment(demo, node, program_folder), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        service.kill()
        service.wait()


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
