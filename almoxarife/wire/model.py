"""The base classes of the wire models: ``Request`` reads strictly, ``Response`` ignores unknown fields.

Both are frozen and use Portuguese aliases on the wire; server and clients share the classes. pydantic builds each
class at its first use, which is safe in several threads: most days use few of the hundred, and building all would take
a tenth of a start.

JSON that is nested more than ``MAX_DEPTH`` levels is refused, because Python code that traverses or encodes it is
recursive.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

MAX_DEPTH = 64
"""Levels of lists and objects in the body of a request."""


class Request(BaseModel):
    """The body or query of a request: unknown fields are an error, and types are not converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Response(BaseModel):
    """The body of a response: unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)


def is_deeper(value: object, max_depth: int = MAX_DEPTH) -> bool:
    """Whether lists and objects are nested more than ``max_depth`` levels."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in {dict, list}
        ]
        if not level:
            return False
    return True
