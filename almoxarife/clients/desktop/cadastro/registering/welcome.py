"""Shown over the empty list of a new shop: create a product, import a list, or use the example."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label

_PADDING_PX, _GAP_PX, _NARROWEST_PX = 24, 24, 160


class Welcome:
    def __init__(self, parent: Any, *, new: Command, import_products: Command, use_example: Callable[[], None]) -> None:
        self._card = Frame(parent, style="Card.TFrame", padding=(_PADDING_PX, 18))
        title = Label(self._card, text="Cadastre seu primeiro produto", style="Title.TLabel", justify="left")
        invitation = Label(self._card, text="Um por um, ou todos de uma vez.", style="Quiet.TLabel", justify="left")
        title.pack(anchor="w")
        invitation.pack(anchor="w", pady=(2, 12))
        for text, style, act in (
            (new.button_label, "Main.TButton", new.run),
            (import_products.button_label, "TButton", import_products.run),
            ("Usar exemplo", "TButton", use_example),
        ):
            Button(self._card, text=text, style=style, command=act).pack(fill="x", pady=(6, 0))
        words = "O exemplo traz dez produtos com estoque, para experimentar."
        hint = Label(self._card, text=words, style="Quiet.TLabel", justify="left")
        hint.pack(anchor="w", pady=(6, 0))
        self._texts = (title, invitation, hint)

    def show(self, over: Any | None) -> None:
        """Show it in the middle of this widget; None hides it."""
        if over is None:
            self._card.place_forget()
            return
        for text in self._texts:
            text.configure(wraplength=max(_NARROWEST_PX, over.winfo_width() - 2 * _PADDING_PX - _GAP_PX))
        self._card.place(in_=over, relx=0.5, rely=0.5, anchor="center")
        self._card.lift()
