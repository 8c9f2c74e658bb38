"""The whole harness on short windows: every operation must be answered rightly, however slowly."""

import json
import os
import shutil
import sys

import pytest

from benchmarks import history, process_tree, slow_disk
from benchmarks.__main__ import main
from benchmarks.operations import OPERATIONS
from benchmarks.ours import Almoxarife
from benchmarks.ours_on_postgresql import OnPostgreSQL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the load generators need Unix")


def test_ours_and_the_floor_answer_everything_rightly(tmp_path):
    found = tmp_path / "results.json"
    chart = tmp_path / "chart.svg"

    code = main(
        [
            "--quick", "--rounds=1", "--seconds=0.05", "--movements=500", "--monitors=20", "--own-loader",
            "--only=almoxarife", "--only=floor", f"--json={found}", f"--svg={chart}", f"--folder={tmp_path}",
        ]
    )  # fmt: skip

    document = json.loads(found.read_text())
    assert document["wrong"] == []
    assert code == 0
    measured = {sample["operation"] for sample in document["samples"] if sample["contender"] == "almoxarife"}
    assert measured == set(OPERATIONS)
    assert document["starts"].keys() == {"almoxarife", "floor"}
    assert document["facts"]["almoxarife"]["bytes per movement"] > 100
    assert document["machine"]["fsync_ms"] >= 0  # 0.0 where temporary files are in memory
    assert chart.read_text().startswith("<svg")


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="it needs Linux and a C compiler")
def test_a_slow_disk_is_felt_by_whom_it_reaches_and_the_others_are_left_out(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", "")
    found = tmp_path / "results.json"

    code = main(
        [
            "--slow-disk", "--rounds=1", "--seconds=0.3", "--movements=500", "--own-loader", "--operations", "create",
            "--only=almoxarife", "--only=pocketbase", f"--json={found}", f"--folder={tmp_path}",
        ]
    )  # fmt: skip

    samples = {sample["connections"]: sample for sample in json.loads(found.read_text())["samples"]}
    assert code == 0
    assert samples[1]["p50_ms"] > slow_disk.DELAY_US / 1000
    assert "Left out: PocketBase, durable. A slowed fsync does not reach it." in capsys.readouterr().out


@pytest.mark.skipif(OnPostgreSQL(1).find_obstacle() is not None, reason="there is no PostgreSQL for this platform")
def test_ours_on_postgresql_answers_everything_rightly_on_a_copy_for_each_round(tmp_path):
    found = tmp_path / "results.json"

    code = main(
        [
            "--quick", "--rounds=2", "--seconds=0.03", "--movements=500", "--monitors=20", "--own-loader",
            "--only=almoxarife-postgresql", f"--json={found}", f"--folder={tmp_path}",
        ]
    )  # fmt: skip

    document = json.loads(found.read_text())
    assert document["wrong"] == []
    assert code == 0
    assert {sample["operation"] for sample in document["samples"]} == set(OPERATIONS)
    assert document["facts"]["almoxarife-postgresql"]["bytes per movement"] > 100


def test_nothing_is_prepared_that_no_operation_asks_for(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(history, "sales", lambda count: asked.append(count) or iter(()))
    found = tmp_path / "results.json"

    code = main(
        [
            "--quick", "--seconds=0.1", "--movements=500", "--own-loader", f"--folder={tmp_path}", f"--json={found}",
            "--only=almoxarife", "--only=almoxarife-short", "--operations", "create",
        ]
    )  # fmt: skip

    assert code == 0
    assert json.loads(found.read_text())["starts"].keys() == {"almoxarife"}
    assert asked == [0]


def test_a_contender_that_answers_wrongly_ends_it_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(history, "products", list)
    monkeypatch.setattr(Almoxarife, "check_store", lambda *_: None)

    code = main(
        [
            "--rounds=1", "--seconds=0.03", "--movements=500", "--own-loader", f"--folder={tmp_path}",
            "--only=almoxarife", "--operations", "list",
        ]
    )  # fmt: skip

    assert code == 1
    assert "WRONG: Almoxarife, SQLite: GET /produtos was answered 200: []" in capsys.readouterr().out


def test_the_tree_of_this_process_has_used_the_processor():
    if process_tree.is_measurable():
        assert process_tree.tree(os.getpid())[0] == os.getpid()
        assert process_tree.cpu_seconds(os.getpid()) > 0
        assert process_tree.peak_mib(os.getpid()) > 5


def test_every_contender_starts_from_the_same_history():
    movements = list(history.movements(2500))

    assert [movement.seq for movement in movements] == list(range(1, 2501))
    sums = [0] * 1001
    for movement in movements:
        sums[movement.product] += movement.pieces
        assert movement.balance == sums[movement.product]
    assert history.balances(2500) == sums
    assert len({product.barcode for product in history.products()}) == 1000
