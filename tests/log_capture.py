"""What the server logs, kept instead of printed."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from almoxarife.server.operations.log_lines import JsonFormatter, attach


class LogCapture(logging.Handler):
    """Takes events, and the finished lines of requests, as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += self.format(record) + "\n"

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def events(self) -> list[str]:
        return [entry["event"] for entry in self.entries]


def write_line(line: bytes) -> None:
    """For the requests of an application: to whoever captures the log now."""
    for handler in logging.getLogger("almoxarife").handlers:
        if isinstance(handler, LogCapture):
            handler.text += line.decode() + "\n"


@contextmanager
def captured_log() -> Iterator[LogCapture]:
    capture = LogCapture()
    attach(capture)
    yield capture
    logging.getLogger("almoxarife").removeHandler(capture)
