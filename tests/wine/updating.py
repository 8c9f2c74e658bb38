"""A newer version on a pen drive: taken over, taken back, and cut short: on demand, for it takes minutes."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from almoxarife.server.operations.updating.installed import Installed
from tests.programs import wait_for
from tests.server.processes import free_port
from tests.wine.package import NEWER, Pc, make_newer, unpack, with_its_python
from tests.wine.places import link, read_only
from tests.wine.prefix import Windows
from tests.wine.smoke import PATIENCE_S, Program, step

CUTS = 20
COPIER = """
import os, sys, time

def look(hold_s):
    for folder, _, names in (found for place in sys.argv[1:] for found in os.walk(place)):
        for name in names:
            path = os.path.join(folder, name)
            try:
                changed = os.stat(path).st_mtime_ns
                if seen.get(path) != changed and hold_s:
                    # As Python opens it on Windows, nobody can replace, rename or remove it meanwhile.
                    with open(path, 'rb') as file:
                        file.read()
                        time.sleep(hold_s)
                seen[path] = changed
            except OSError:
                pass

seen = {}
look(0)
print('copying', flush=True)
while True:
    look(0.3)
"""


def run(windows: Windows, archive: Path, folder: Path) -> None:
    """Raises AssertionError at the first thing that a shop would trip over."""
    link(windows, "e:", folder / "disk")
    link(windows, "f:", folder / "pendrive")
    pc = Pc(windows, unpack(archive, folder / "program").folder, r"E:\dados da loja", free_port())
    pc.start()
    pc.register_and_receive(30)
    older = pc.version()
    newer = make_newer(archive, folder / "newer", folder / "pendrive").name
    with step("where the folder cannot be written to it says what to do"), read_only(pc.folder):
        code, said = pc.open("version", "--check", "F:\\", "--update")
        assert (code, "Não é possível gravar na pasta do programa" in said) == (2, True), said
        assert pc.version() == older
    with (
        step("a newer package on a pen drive takes over while the server runs, and a cloud copies all that changes"),
        _copied_to_a_cloud(with_its_python(windows, unpack(archive, folder / "cloud")), folder / "disk", pc.folder),
    ):
        begun = time.monotonic()
        code, said = pc.open("version", "--check", "F:\\", "--update")
        took_s = time.monotonic() - begun
        assert code == 0, said
        assert (pc.version(), pc.balance()) == (newer, 30)
    with step("one that does not answer is taken back"):
        broken = make_newer(archive, folder / "newer", folder / "pendrive", is_broken=True)
        code, said = pc.open("version", "--check", "F:\\", "--update")
        assert (code, "Nada foi mudado" in said) == (2, True), said
        assert (pc.version(), pc.balance()) == (newer, 30)
        (folder / "pendrive" / f"Almoxarife-{broken.name.partition('+')[0]}-windows-x64.zip").unlink()
    with step("unpacked by hand over the older folder, the newer one opens"):
        pc.stop()
        Installed(pc.folder).use(older)
        pc.start()
        assert pc.version() == older
        pc.stop()
        unpack(folder / "pendrive" / f"Almoxarife-{NEWER}-windows-x64.zip", pc.folder.parent)
        pc.start()
        assert (pc.version(), pc.balance()) == (newer, 30)
    cut_the_power(pc, older, newer, took_s)


def cut_the_power(pc: Pc, older: str, newer: str, took_s: float) -> None:
    """At moments of an update that took so long when nobody cut it short."""
    installed = Installed(pc.folder)
    moments, ended = random.Random(17), []
    for _ in range(CUTS):
        if installed.current != older:
            pc.stop()
            installed.use(older)
            installed.remove_all_but([older])
            pc.start()
        moment = moments.uniform(0, took_s)
        with step(f"the power goes {moment:.0f} s after the beginning of an update of {took_s:.0f} s"):
            update = pc.begin("version", "--check", "F:\\", "--update")
            time.sleep(moment)
            pc.windows.cut_the_power()
            update.kill()
            assert installed.current in {older, newer}
            pc.start()
            assert (pc.version(), pc.balance()) == (installed.current, 30)
        ended.append(installed.current)
    pc.stop()
    print(f"Of {CUTS} cuts {ended.count(newer)} came after the newer version was in use.", flush=True)


@contextmanager
def _copied_to_a_cloud(windows: Windows, *places: Path) -> Iterator[None]:
    """A program that opens every file as it is written, as OneDrive does with what lies in its folder."""
    paths = [windows.path(place) for place in places]
    copier = Program(windows, windows.python("-c", COPIER, *paths), settings={})
    try:
        wait_for("the copier", lambda: "copying" in copier.said, within_s=PATIENCE_S)
        yield
        assert copier.process.poll() is None, copier.said
    finally:
        copier.kill()
