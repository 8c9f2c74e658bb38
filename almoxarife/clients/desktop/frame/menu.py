"""The menu of all commands, rebuilt each time it opens, so that it shows what can be done now."""

import tkinter as tk
from collections.abc import Sequence
from typing import Any

from almoxarife.clients.desktop.frame.commands import Command, in_groups
from almoxarife.clients.desktop.kit.theme import Theme


class CommandMenu:
    def __init__(self, root: tk.Tk, theme: Theme, commands: Sequence[Command]) -> None:
        self._root = root
        self._theme = theme
        self._commands = commands
        self._menu: tk.Menu | None = None

    def open(self, beside: Any) -> None:
        """Open above the widget, or below it if there is no room above."""
        if self._menu is not None:
            self._menu.destroy()
        menu = self._menu = self._build()
        # Far enough to the left that the submenus have room beside it.
        widest = max(part.winfo_reqwidth() for part in menu.winfo_children())
        x = max(0, beside.winfo_rootx() + beside.winfo_width() - menu.winfo_reqwidth() - widest)
        above = beside.winfo_rooty() - menu.winfo_reqheight()
        menu.tk_popup(x, above if above >= 0 else beside.winfo_rooty() + beside.winfo_height())

    def _build(self) -> tk.Menu:
        menu = self._new_menu(self._root)
        for group, commands in in_groups(command for command in self._commands if command.is_in_menu):
            part = self._new_menu(menu)
            for command in commands:
                part.add_command(
                    label=f" {command.label} ",
                    accelerator=f"{command.key_label} ",
                    command=command.run,
                    state="normal" if command.can_run else "disabled",
                )
            menu.add_cascade(label=f" {group.value} ", menu=part)
        menu.update_idletasks()
        return menu

    def _new_menu(self, parent: Any) -> tk.Menu:
        """A plain Tk menu in our colours: ttk has none."""
        t = self._theme.tokens
        return tk.Menu(
            parent,
            tearoff=False,
            background=t.panel,
            foreground=t.text,
            activebackground=t.selection,
            activeforeground=t.on_selection,
            disabledforeground=t.disabled,
            font="TkMenuFont",
            relief="solid",
            borderwidth=1,
            activeborderwidth=0,
        )
