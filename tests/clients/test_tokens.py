from dataclasses import fields

import pytest

from almoxarife.clients.desktop.kit.colours import DARK, LIGHT

_EVERYWHERE = ("ground", "panel", "field", "fresh")
TEXT_ON_GROUNDS: dict[str, tuple[str, ...]] = {
    "text": (*_EVERYWHERE, "button", "button_hover"),
    "muted": _EVERYWHERE,
    "link": _EVERYWHERE,
    "success": _EVERYWHERE,
    "warning": _EVERYWHERE,
    "danger": _EVERYWHERE,
    "disabled": ("panel", "field"),
    "on_primary": ("primary", "primary_hover"),
    "on_selection": ("selection",),
    "on_notice": ("notice",),
}
"""Each text colour and the backgrounds it is used on."""

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


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two ``#rrggbb`` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
