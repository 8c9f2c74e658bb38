"""What a window remembers: its place, its columns, its shop."""

import json
from pathlib import Path

import pytest

from almoxarife.clients.desktop.frame.preferences import FILE_NAME
from almoxarife.clients.desktop.kit.window_geometry import MAXIMIZED
from tests.gui.conftest import Open
from tests.gui.desk import Api, Desk, Window, wait_for
from tests.gui.steps import create_bolts, register_admin, register_entry


def shape(window: Window) -> list[int]:
    """Where it is on the screen and how large, without its frame."""
    told = window.desk.run("xdotool", "getwindowgeometry", "--shell", window.id)
    values = dict(line.split("=") for line in told.split())
    return [int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]


def test_a_window_opens_where_it_was_closed(open_window: Open, api: Api, desk: Desk) -> None:
    monitor = open_window("monitor")
    desk.run("xdotool", "windowmove", monitor.id, "60", "40", "windowsize", monitor.id, "910", "640")
    wait_for("the new size", lambda: shape(monitor)[2:] == [910, 640])
    before = shape(monitor)
    monitor.close()
    once = open_window("monitor")
    assert shape(once) == before
    once.close()
    twice = open_window("monitor")

    assert shape(twice) == before  # it does not wander by the width of its frame


def test_a_maximized_window_opens_so_again(open_window: Open, api: Api, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "cliente").mkdir()
    remembered = {"janelas": {"monitor": MAXIMIZED}}
    (tmp_path / "cliente" / FILE_NAME).write_text(json.dumps(remembered), encoding="utf-8")
    monitor = open_window("monitor")
    wait_for("the whole screen", lambda: monitor.now("size")[0] == desk.size[0])
    monitor.close()

    assert monitor.preferences()["janelas"] == {"monitor": MAXIMIZED}


def test_a_column_stays_as_wide_as_it_was_dragged(open_window: Open, api: Api, desk: Desk) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    monitor = open_window("monitor")
    monitor.log_in()
    monitor.shows("+5 | Parafuso 10mm")
    edges = monitor.now("columns")["quem"]
    x, y, _, _ = shape(monitor)
    desk.run("xdotool", "mousemove", str(x + edges["right"]), str(y + edges["top"] + 8), "mousedown", "1")
    desk.run("xdotool", "mousemove_relative", "--sync", "40", "0", "mouseup", "1")

    wait_for("the width in the file", lambda: monitor.preferences().get("colunas"))
    monitor.close()
    again = open_window("monitor")
    again.log_in()
    again.shows("+5 | Parafuso 10mm")
    wider = again.now("columns")["quem"]["width"]
    assert wider == pytest.approx(edges["width"] + 40, abs=8)  # the edge is some pixels wide
