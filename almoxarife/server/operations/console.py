"""Replaces the standard streams of a process without a console."""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path


def replace_missing_streams(data_dir: Path, variables: MutableMapping[str, str]) -> None:
    """Without a console (``pythonw``) there are no standard streams: write them to files in the data directory.

    The launcher uses the same files for a server's output.
    """
    if sys.stdout is not None and sys.stderr is not None:
        return
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = (data_dir / "servidor.log").open("a", encoding="utf-8", buffering=1)
    except OSError:
        words = Path(os.devnull).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115  # open until the process ends
    variables.setdefault("ALMOXARIFE_LOG_FILE", str(data_dir / "registro.log"))
    sys.stdout = sys.stdout or words
    sys.stderr = sys.stderr or words
