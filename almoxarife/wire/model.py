"""The two kinds of wire model: one reads requests strictly, one writes answers.

Both are frozen and speak Portuguese aliases on the wire. A client reads answers with
the same classes the server writes them with, and skips fields it does not know.

What a request brings may nest only so deep: what walks through it later, or writes it again,
does so by recursion.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

DEEPEST = 64


class Request(BaseModel):
    """The body of a request: unknown fields are an error, types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Answer(BaseModel):
    """The body of an answer: unknown fields are skipped."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def is_deeper(value: object, deepest: int = DEEPEST) -> bool:
    """Whether lists and objects stand in one another more than ``deepest`` times."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in {dict, list}
        ]
        if not level:
            return False
    return True
