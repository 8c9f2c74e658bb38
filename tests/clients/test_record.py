"""The monitor's own files: one line per seq, whatever happens in between."""

import json

import pytest

from almoxarife.clients.desktop.monitor.append_once import AppendOnce
from almoxarife.clients.desktop.monitor.log_files import MovementLog, as_text
from tests.clients.things import movement


def numbers(path):
    return [int(line) for line in path.read_text(encoding="utf-8").split()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "numeros.txt"


def open_file(path, **more):
    return AppendOnce(path, int, **more)


def test_each_number_once_also_after_a_restart(path):
    file = open_file(path)
    assert file.last_seq is None
    file.append({1: "1", 2: "2"})
    file.append({2: "2", 3: "3"})
    again = open_file(path)
    assert again.last_seq == 3
    again.append({3: "3", 4: "4"})
    again.append({})

    assert numbers(path) == [1, 2, 3, 4]


def test_a_line_torn_at_any_byte_is_written_whole_again(path):
    open_file(path).append({seq: str(seq) for seq in (101, 102, 103)})
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        open_file(path).append({seq: str(seq) for seq in (101, 102, 103)})
        assert numbers(path) == [101, 102, 103], cut


def test_a_large_file_is_set_aside_and_counted_on(path):
    file = open_file(path, rotate_at_bytes=20)
    for seq in range(1, 31):
        file.append({seq: str(seq)})
    path.unlink()

    again = open_file(path, rotate_at_bytes=20)

    rotated = sorted(path.parent.glob("numeros.2*.txt"))
    assert len(rotated) >= 2
    assert again.last_seq == max(numbers(rotated[-1]))
    assert [n for file in rotated for n in numbers(file)] == list(range(1, again.last_seq + 1))


def test_a_file_that_is_not_ours_is_kept_aside(path):
    path.write_text("uma lista de compras\n", encoding="utf-8")

    file = open_file(path)
    file.append({7: "7"})

    assert numbers(path) == [7]
    (kept,) = path.parent.glob("numeros.danificado-*.txt")
    assert kept.read_text(encoding="utf-8") == "uma lista de compras\n"
    assert open_file(path).last_seq == 7


def seqs(folder):
    lines = (folder / "inventario.jsonl").read_text(encoding="utf-8").splitlines()
    texts = (folder / "inventario.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["seq"] for line in lines], [int(text.rsplit("#")[-1]) for text in texts]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["ours", "an editor of Windows"])
def test_both_files_hold_the_same_rows_also_when_one_is_behind(tmp_path, line_end):
    record = MovementLog(tmp_path)
    assert record.last_seq is None
    record.append([movement(1), movement(2)])
    record.append([movement(3)])
    record.close()
    lines = tmp_path / "inventario.log"
    first = lines.read_text(encoding="utf-8").splitlines()[0]
    lines.write_text(first + "\n", encoding="utf-8", newline=line_end)

    again = MovementLog(tmp_path)
    assert again.last_seq == 1, "from here both files can be completed"
    again.append([movement(2), movement(3), movement(4)])
    again.close()

    assert seqs(tmp_path) == ([1, 2, 3, 4], [1, 2, 3, 4])


def test_a_json_line_is_the_movement_as_the_server_sent_it(tmp_path):
    record = MovementLog(tmp_path)
    record.append([movement(1, "-2.5", kind="saida", reason="quebra")])
    record.close()

    (line,) = (tmp_path / "inventario.jsonl").read_text(encoding="utf-8").splitlines()
    data = json.loads(line)
    assert (data["variacao"], data["motivo"], data["timestamp"]) == (-2.5, "quebra", "2026-11-20T15:00:01.000Z")


def test_a_text_line_can_be_read_by_a_person():
    assert as_text(movement(9, "-1250", kind="saida", balance="3", reason="venda")) == (
        "20/11/2026 12:00:09  ▼ saída  ana  -1.250  Parafuso 10mm (venda)  saldo 3  #9"
    )


def test_a_second_monitor_on_the_same_folder_only_shows(tmp_path):
    first = MovementLog(tmp_path)
    second = MovementLog(tmp_path)
    assert (first.is_writing, second.is_writing, second.last_seq) == (True, False, None)
    second.append([movement(1)])
    first.append([movement(1)])
    first.close()
    second.close()

    assert seqs(tmp_path) == ([1], [1])
    third = MovementLog(tmp_path)
    assert third.is_writing
    third.close()


def test_another_history_begins_in_new_files(tmp_path):
    record = MovementLog(tmp_path)
    record.append([movement(8)])
    record.start_over()
    record.append([movement(1)])
    record.close()

    assert seqs(tmp_path) == ([1], [1])
    assert len(list(tmp_path.glob("inventario.outro-servidor-*"))) == 2
    again = MovementLog(tmp_path)
    assert again.last_seq == 1
    again.close()


def test_the_newest_row_of_a_shop_is_known_again_after_a_restart(tmp_path):
    record = MovementLog(tmp_path)
    assert record.landmark(None) is None
    record.append([movement(seq) for seq in range(1, 400)])
    record.close()

    again = MovementLog(tmp_path)
    again.close()
    assert again.landmark(None) == again.landmark({"l1"}) == movement(399)
    assert again.landmark({"l2"}) is None
    again.start_over()
    assert again.landmark(None) is None
