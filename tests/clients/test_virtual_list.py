import pytest

from almoxarife.clients.desktop.kit.widgets import shortened


@pytest.mark.parametrize(
    ("room", "shown"),
    [(18, "Café torrado 500 g"), (17, "Café torrado 500…"), (13, "Café torrado…"), (5, "Café…"), (1, "…"), (0, "…")],
)
def test_a_text_without_room_ends_in_an_ellipsis(room, shown):
    assert shortened("Café torrado 500 g", room, len) == shown
