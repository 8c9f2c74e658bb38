"""A plugin of pytest that says how many tests each file has: what a limit of time has cut off is not proven."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

COUNTS = "ALMOXARIFE_TESTES_CONTADOS"
"""Variable with the file that they are written to."""


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.items and (place := os.environ.get(COUNTS)):
        found = Counter(item.nodeid.partition("::")[0] for item in session.items)
        # Each worker writes the same: replaced as a whole, nobody reads a half.
        own = Path(f"{place}.{os.getpid()}")
        own.write_text(json.dumps(found))
        own.replace(place)
