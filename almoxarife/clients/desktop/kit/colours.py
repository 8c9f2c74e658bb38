"""The colours of both themes, by purpose. A test requires a contrast of 4.5:1 for every text (WCAG AA)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    name: str
    is_dark: bool
    ground: str
    panel: str
    field: str
    fresh: str
    border: str
    text: str
    muted: str
    link: str
    primary: str
    primary_hover: str
    on_primary: str
    button: str
    button_hover: str
    selection: str
    on_selection: str
    focus: str
    success: str
    warning: str
    danger: str
    disabled: str
    notice: str
    on_notice: str


LIGHT = Palette(
    name="almoxarife-claro",
    is_dark=False,
    ground="#f5f6f8",
    panel="#ffffff",
    field="#ffffff",
    fresh="#e9f1fe",
    border="#c3c9d2",
    text="#1b2129",
    muted="#566070",
    link="#0b57d0",
    primary="#0b57d0",
    primary_hover="#0846a8",
    on_primary="#ffffff",
    button="#e8ebf0",
    button_hover="#d9dee6",
    selection="#cfe0fc",
    on_selection="#10233f",
    focus="#0b57d0",
    success="#0f6b35",
    warning="#855000",
    danger="#b3261e",
    disabled="#6b7480",
    notice="#fff1cc",
    on_notice="#5c3d00",
)

DARK = Palette(
    name="almoxarife-escuro",
    is_dark=True,
    ground="#171a1f",
    panel="#1f242b",
    field="#262c35",
    fresh="#263650",
    border="#4a5361",
    text="#e9edf2",
    muted="#aab4c2",
    link="#8ab8ff",
    primary="#1f63d6",
    primary_hover="#2f6fdc",
    on_primary="#ffffff",
    button="#313945",
    button_hover="#3c4654",
    selection="#23488a",
    on_selection="#ffffff",
    focus="#8ab8ff",
    success="#6fd597",
    warning="#f4c265",
    danger="#ff9d94",
    disabled="#97a2b0",
    notice="#4a3a12",
    on_notice="#ffe2a0",
)
