"""The two kinds of wire model: one reads requests strictly, one writes answers.

Both are frozen and speak Portuguese aliases on the wire. A client reads answers with
the same classes the server writes them with, and skips fields it does not know.
"""

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """The body of a request: unknown fields are an error, types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Answer(BaseModel):
    """The body of an answer: unknown fields are skipped."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)
