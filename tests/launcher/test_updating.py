"""A shop's program, as a package lays it out, replaced by a newer one while its server runs."""

import shutil

import requests

from almoxarife.server.operations.updating.installed import Installed, Release
from release.windows import give_name, pack
from tests.launcher.conftest import copy_program

NEWER = "99.0.0"


def lay_out(folder, tree):
    """The copy of the program as the one version of a package in ``tree``."""
    (tree / "versoes").mkdir(parents=True)
    folder.rename(tree / "versoes" / "new")
    return give_name(tree)


def test_a_newer_package_takes_over_from_a_running_server(computer, tmp_path):
    computer.folder = copy_program(tmp_path / "Loja São João & Cia", "__pycache__")
    newer = copy_program(tmp_path / "newer", "__pycache__")
    init = newer / "almoxarife" / "__init__.py"
    init.write_text(init.read_text().replace('__version__ = "', f'__version__ = "{NEWER}" or "'))
    release = lay_out(newer, tmp_path / "tree")
    pendrive = tmp_path / "pendrive"
    pendrive.mkdir()
    pack(tmp_path / "tree", pendrive / f"Almoxarife-{NEWER}-windows-x64.zip")
    shutil.rmtree(tmp_path / "tree")
    program = Installed(tmp_path / "Programas 100% meus & teus")
    older = lay_out(computer.folder, program.folder)
    computer.folder = program.place(older.name)
    started = computer.launch("start")
    assert started.finish() == 0, started.text
    account = {"username": "ana", "password": "1234"}
    assert requests.post(f"{computer.url}/registrar_usuario_app", json=account, timeout=60).status_code == 201

    updated = computer.launch("version", "--check", str(pendrive), "--update")

    assert updated.finish() == 0, updated.text
    computer.folder = program.place(release.name)
    assert program.current == computer.health()["versao"] == release.name
    assert release.name.startswith(f"{NEWER}+")
    assert Release.parse((program.place(older.name) / "pacote.json").read_bytes()) == older
    logged_in = requests.post(f"{computer.url}/login", json=account, timeout=60)
    assert logged_in.status_code == 200
    assert (computer.data / "backups" / f"antes-de-{release.name}.db").exists()
    assert computer.launch("stop").finish() == 0
    assert not computer.is_answering()
