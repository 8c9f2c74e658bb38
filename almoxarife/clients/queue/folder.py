"""The folder of the client programs: queue, preferences, logs. Not the server's data directory."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from almoxarife.files import typed_path


def client_dir(environment: Mapping[str, str] = os.environ) -> Path:
    configured = environment.get("ALMOXARIFE_CLIENT_DIR", "").strip(' "')  # SET NAME="" leaves the quotes
    return typed_path(configured) if configured else platformdirs.user_data_path("almoxarife-cliente", appauthor=False)
