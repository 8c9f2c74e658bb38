"""Types of command-line arguments, and the person's documents folder."""

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
    """The person's documents folder, which may not exist; OneDrive may have moved it into its own."""
    folder = user_documents_path()
    with suppress(OSError):  # reported when a file is written there
        folder.mkdir(parents=True, exist_ok=True)
    return folder
