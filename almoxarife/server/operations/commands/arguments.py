"""How what a person types behind a command is read."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from platformdirs import user_documents_path

from almoxarife.files import typed_path


class TypedPath(click.ParamType[Path]):
    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return value if isinstance(value, Path) else typed_path(value)


def find_documents() -> Path:
    """Where this person's documents are, or are to be: OneDrive moves the folder into its own."""
    folder = user_documents_path()
    with suppress(OSError):  # said when a file is written there
        folder.mkdir(parents=True, exist_ok=True)
    return folder
