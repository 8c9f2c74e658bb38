"""How what a person types behind a command is read."""

from pathlib import Path
from typing import Any

import click

from almoxarife.files import typed_path


class TypedPath(click.ParamType[Path]):
    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return value if isinstance(value, Path) else typed_path(value)
