"""``audit``, and what ``check`` and ``restore`` make of the trail."""

import re
from pathlib import Path

import pytest

from tests import landed
from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.cli.test_copies import alter
from tests.databases import rows
from tests.server.conftest import place_of
from tests.server.processes import BOLTS, Client, Server

pytestmark = pytest.mark.sqlite

LIFT_GUARD = "DROP TRIGGER audit_entries_refuse_update_id"


def tags(data: Path) -> list[tuple[object, ...]]:
    return rows(place_of(data), "SELECT tag, cause FROM audit_entries ORDER BY id")


def test_a_trail_is_verified_beside_a_running_server(server: Server, ana: Client, almoxarife: Almoxarife) -> None:
    kept = almoxarife("audit", "head")
    assert_done(kept)
    assert re.fullmatch(r"[1-9]\d*-[0-9a-f]{64}\n", kept.stdout)
    ana.receive(BOLTS, 5)

    assert_done(almoxarife("audit", "verify"), "Trilha inteira: ")
    assert_done(almoxarife("audit", "verify", "--since", kept.stdout.strip()), "Trilha inteira: ")
    assert almoxarife("audit", "head").stdout != kept.stdout


@pytest.mark.sqlite
def test_an_altered_entry_is_named_and_check_sees_it_too(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path
) -> None:
    ana.receive(BOLTS, 5)
    server.stop()
    (number,) = re.findall(r"^(\d+)-", almoxarife("audit", "head").stdout)
    alter(data / "almoxarife.db", LIFT_GUARD, f"UPDATE audit_entries SET subject = 'm9' WHERE id = {number}")

    for arguments in (("audit", "verify"), ("check",)):
        found = almoxarife(*arguments)
        assert (found.returncode, found.stderr) == (1, "")
        assert f"O registro {number} foi alterado" in found.stdout
    assert "Tudo certo" not in found.stdout


@pytest.mark.sqlite
def test_a_cut_tail_is_found_by_the_tally_and_with_a_head_that_was_kept(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path
) -> None:
    ana.receive(BOLTS, 5)
    kept = almoxarife("audit", "head").stdout.strip()
    number = kept.split("-")[0]
    server.stop()
    alter(
        data / "almoxarife.db",
        "DROP TRIGGER audit_entries_refuse_delete",
        f"DELETE FROM audit_entries WHERE id = {number}",
    )
    for arguments in (("audit", "verify"), ("check",)):
        found = almoxarife(*arguments)
        assert (found.returncode, found.stderr) == (1, "")
        assert f"O fim da trilha foi cortado: falta o registro {number}, de {number} contados." in found.stdout

    alter(data / "almoxarife.db", "UPDATE audit_tally SET entries = entries - 1")
    assert_done(almoxarife("audit", "verify"), "Trilha inteira: ")
    found = almoxarife("audit", "verify", "--since", kept)
    assert (found.returncode, found.stdout) == (1, f"O fim da trilha foi cortado: falta o registro {number}.\n")


def test_a_head_that_is_none(almoxarife: Almoxarife) -> None:
    assert_refused(almoxarife("audit", "verify", "--since", "12"), "“12” não é uma cabeça da trilha")


@pytest.mark.sqlite
def test_a_trail_without_entries_has_no_head(almoxarife: Almoxarife, tmp_path: Path) -> None:
    empty = str(tmp_path / "novo")
    almoxarife("migrate", DATA_DIR=empty)

    assert_refused(almoxarife("audit", "head", DATA_DIR=empty), "A trilha ainda está vazia")
    assert_done(almoxarife("audit", "verify", DATA_DIR=empty), "Trilha inteira: 0 registros")


@pytest.mark.sqlite
def test_a_copy_with_a_broken_trail_is_not_restored_unasked(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    ana.receive(BOLTS, 5)
    server.stop()
    assert_done(almoxarife("backup", "cópia.db"))
    alter(tmp_path / "cópia.db", LIFT_GUARD, "UPDATE audit_entries SET cause = 'x' WHERE id = 1")
    before = (data / "almoxarife.db").read_bytes()

    refused = almoxarife("restore", "cópia.db", "--force")
    assert_refused(refused, "A cópia não confere", "Trilha de auditoria: O registro 1 foi alterado")
    assert (data / "almoxarife.db").read_bytes() == before
    assert [file.name for file in data.glob("*parcial*")] == []

    assert_done(almoxarife("restore", "cópia.db", "--force", "--accept-broken-audit"))
    assert almoxarife("audit", "verify").returncode == 1


def test_keys_and_removed_entries_are_recorded_beside_a_running_server(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path
) -> None:
    ana.receive(BOLTS, 5)
    before = len(tags(data))

    for arguments in (
        ("keys", "create", "pedidos"),
        ("keys", "create", "pedidos"),  # taken: nothing happens
        ("keys", "revoke", "pedidos"),
        ("logs", "export"),
        ("logs", "prune", "--days", "30"),
    ):
        almoxarife(*arguments)
    ana.receive(BOLTS, 1)

    assert tags(data)[before:] == [
        ("programs:key:created", "pedidos"),
        ("programs:key:revoked", "pedidos"),
        ("logs:entries:exported", None),
        ("logs:entries:pruned", "mais de 30 dias"),
        ("stock:movement:recorded", None),
    ]
    assert_done(almoxarife("audit", "verify"))


def test_a_rotated_key_is_recorded(almoxarife: Almoxarife, data: Path) -> None:
    assert_done(almoxarife("rotate-key"))

    assert tags(data)[-1] == ("server:key:rotated", None)


@pytest.mark.sqlite
def test_where_there_is_no_shop_there_is_no_trail(almoxarife: Almoxarife, tmp_path: Path) -> None:
    assert_done(almoxarife("keys", "create", "pedidos", DATA_DIR=str(tmp_path / "só registros")))
    assert not (tmp_path / "só registros" / "almoxarife.db").exists()


@pytest.mark.sqlite
def test_data_of_another_version_are_not_written_to(almoxarife: Almoxarife, data: Path) -> None:
    alter(data / "almoxarife.db", "UPDATE alembic_version SET version_num = '0001'")

    assert_refused(almoxarife("keys", "create", "pedidos"), "Os dados são de outra versão")
    assert almoxarife("keys", "list").stdout == ""


# --- copies -------------------------------------------------------------------------------


def test_a_copy_is_recorded_beside_a_running_server_and_not_in_itself(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    ana.receive(BOLTS, 5)
    before = len(tags(data))
    (tmp_path / "Ana Souza").mkdir()

    assert_done(almoxarife("backup", "Ana Souza/cópia.db"))
    ana.receive(BOLTS, 1)

    assert tags(data)[before:] == [
        ("server:copy:made", "cópia.db, almoxarife backup"),
        ("stock:movement:recorded", None),
    ]
    assert len(rows(tmp_path / "Ana Souza" / "cópia.db", "SELECT id FROM audit_entries")) == before
    assert_done(almoxarife("audit", "verify"))


def test_a_copy_that_was_not_made_is_not_recorded(almoxarife: Almoxarife, data: Path) -> None:
    before = tags(data)

    assert_refused(almoxarife("backup", "nenhuma/cópia.db"))

    assert tags(data) == before


def test_data_that_take_no_entry_are_copied_all_the_same(almoxarife: Almoxarife, data: Path, tmp_path: Path) -> None:
    alter(data / "almoxarife.db", "UPDATE alembic_version SET version_num = '0001'")

    done = almoxarife("backup", "cópia.db")

    assert (done.returncode, done.stdout) == (0, "Cópia conferida e gravada em cópia.db.\n")
    assert done.stderr.startswith("Atenção: a cópia não ficou na trilha de auditoria. Os dados são de outra versão")
    assert (tmp_path / "cópia.db").exists()


def test_a_restored_copy_goes_on_with_an_entry_that_says_so(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    ana.receive(BOLTS, 5)
    copied = almoxarife("audit", "head").stdout.strip()
    assert_done(almoxarife("backup", "cópia.db"))
    for _ in range(3):
        ana.receive(BOLTS, 1)
    lost = almoxarife("audit", "head").stdout.strip()
    server.stop()
    before = (tmp_path / "cópia.db").read_bytes()

    assert_done(almoxarife("restore", "cópia.db", "--force"))

    number = int(copied.split("-")[0])
    assert tags(data)[number - 1 :] == [("stock:movement:recorded", None), ("server:copy:restored", "cópia.db")]
    assert (tmp_path / "cópia.db").read_bytes() == before
    assert_done(almoxarife("audit", "verify", "--since", copied), f"Trilha inteira: {number + 1} registros")
    found = almoxarife("audit", "verify", "--since", lost)
    assert (found.returncode, found.stderr) == (1, "")
    assert "O fim da trilha foi cortado" in found.stdout
    assert f"O registro {number + 1} diz que uma cópia de segurança foi recuperada" in found.stdout
    server.start()
    assert ana.receive(BOLTS, 1).status == 201
    assert_done(almoxarife("check"), "trilha de auditoria inteira")


def test_a_copy_of_an_older_version_is_restored_and_recorded_too(
    almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    landed.load(landed.FOLDER / "0003.sqlite.sql", tmp_path / "cópia.db")

    assert_done(almoxarife("restore", "cópia.db", "--force"))

    assert tags(data)[-1] == ("server:copy:restored", "cópia.db")
    assert {file.name.split("-2")[0] for file in data.glob("*.bak*")} == {"almoxarife.db.antes-de-restaurar"}
    assert_done(almoxarife("migrate"), "já está atualizado")
    assert_done(almoxarife("audit", "verify"))
    assert_done(almoxarife("check"))


def test_a_copy_of_a_newer_version_is_not_restored(almoxarife: Almoxarife, data: Path, tmp_path: Path) -> None:
    assert_done(almoxarife("backup", "cópia.db"))
    alter(tmp_path / "cópia.db", "UPDATE alembic_version SET version_num = '9999'")
    before = tags(data)

    assert_refused(almoxarife("restore", "cópia.db", "--force"), "é de uma versão mais nova")

    assert tags(data) == before
