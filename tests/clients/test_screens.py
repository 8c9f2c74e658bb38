"""Pages are made when they are opened first: a day needs two or three of twelve, and each costs half a MiB."""

import ast
from functools import cached_property
from pathlib import Path
from typing import get_args

from almoxarife.clients.desktop.cadastro import screens
from almoxarife.clients.desktop.cadastro.screens import PageName, Screens


def test_what_is_loaded_with_the_window_has_no_page_but_the_till():
    source = ast.parse(Path(screens.__file__).read_text(encoding="utf-8"))
    at_the_start = {node.module for node in source.body if isinstance(node, ast.ImportFrom)}
    pages = {name.removeprefix("almoxarife.clients.desktop.cadastro.") for name in at_the_start if "page" in name}

    assert pages == {"pages", "selling.page"}


def test_each_name_is_a_page_that_is_made_when_it_is_asked_for():
    made_late = {name for name, value in vars(Screens).items() if isinstance(value, cached_property)}

    assert set(get_args(PageName)) == made_late | {"sale"}
