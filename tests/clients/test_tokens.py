from dataclasses import fields

import pytest

from almoxarife.clients.desktop.kit.colours import DARK, LIGHT, TEXT_ON_GROUNDS, contrast

PAIRS = [
    (tokens, text, ground)
    for tokens in (LIGHT, DARK)
    for text, grounds in TEXT_ON_GROUNDS.items()
    for ground in grounds
]


@pytest.mark.parametrize(
    ("tokens", "text", "ground"), PAIRS, ids=[f"{t.name}-{text}-on-{ground}" for t, text, ground in PAIRS]
)
def test_text_can_be_read_on_its_ground(tokens, text, ground):
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("ground", ["ground", "panel", "field"])
def test_the_focus_ring_stands_out(tokens, ground):
    assert contrast(tokens.focus, getattr(tokens, ground)) >= 3


def test_every_text_colour_is_held_to_its_grounds():
    without_text = {"ground", "panel", "field", "fresh", "border", "primary", "primary_hover", "button"}
    without_text |= {"button_hover", "selection", "focus", "notice", "name", "is_dark"}
    assert {field.name for field in fields(LIGHT)} - without_text == set(TEXT_ON_GROUNDS)


def test_contrast_is_the_one_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
