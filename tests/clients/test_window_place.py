import ctypes
import sys
from types import SimpleNamespace

import pytest

from almoxarife.clients.desktop.kit.window_geometry import MAXIMIZED, Screen, first_size, fitting, work_area

SMALLEST = (900, 620)
ONE = Screen(0, 0, 1366, 768)
TWO = Screen(-1366, 0, 2732, 768)


@pytest.mark.parametrize("screen", [ONE, TWO], ids=["one screen", "two"])
def test_a_window_comes_back_to_where_it_was(screen):
    assert fitting("1000x700+40+30", screen, SMALLEST) == "1000x700+40+30"


def test_also_on_a_screen_to_the_left():
    assert fitting("1000x700+-1300+30", TWO, SMALLEST) == "1000x700+-1300+30"
    assert fitting("1000x700+-1300+30", ONE, SMALLEST) is None


@pytest.mark.parametrize("remembered", ["1366x768+0+0", "1000x768+366+0"])
def test_a_window_may_reach_the_edge_of_the_screen(remembered):
    assert fitting(remembered, ONE, SMALLEST) == remembered


@pytest.mark.parametrize("outside", ["1000x700+367+0", "1000x700+0+69", "1367x700+0+0", "1000x700+0+-1"])
def test_a_window_beyond_the_screen_is_not_restored(outside):
    assert fitting(outside, ONE, SMALLEST) is None


def test_a_window_is_never_smaller_than_its_controls_need():
    assert fitting("20x10+0+0", ONE, SMALLEST) == "900x620+0+0"


@pytest.mark.parametrize("nonsense", ["", "x", "1000x700", "1000x700+1+2; exit", MAXIMIZED, "9999999x1+0+0"])
def test_what_is_no_place_is_none(nonsense):
    assert fitting(nonsense, ONE, SMALLEST) is None


@pytest.mark.parametrize(
    ("area", "scale", "size"),
    [
        (Screen(0, 0, 1350, 681), 1.0, "1180x681"),
        (Screen(0, 0, 1904, 1001), 1.0, "1180x760"),
        (Screen(0, 0, 1904, 993), 1.25, "1475x950"),
        (Screen(0, 0, 1904, 985), 1.5, "1770x985"),
        (Screen(0, 0, 3824, 2064), 2.0, "2360x1520"),
    ],
    ids=["1366x768", "1080p", "1080p at 125 %", "1080p at 150 %", "4K at 200 %"],
)
def test_the_first_size_grows_with_the_text_and_leaves_the_task_bar_free(area, scale, size):
    assert first_size(area, scale) == size


@pytest.mark.parametrize(("is_told", "area"), [(1, Screen(0, 40, 1350, 689)), (0, None)])
def test_on_windows_the_task_bar_and_the_frame_are_left_free(monkeypatch, is_told, area):
    def tell_work_area(what, _unused, found, _kept):
        assert what == 0x30
        # The task bar is at the top, and 40 pixels high.
        rectangle = found._obj
        rectangle.left, rectangle.top, rectangle.right, rectangle.bottom = 0, 40, 1366, 768
        return is_told

    frame = {4: 23, 32: 4, 33: 4, 92: 4}  # the title, the borders, and what is put around them
    user32 = SimpleNamespace(SystemParametersInfoW=tell_work_area, GetSystemMetrics=frame.__getitem__)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")

    assert work_area() == area
