"""What this request works with: the services of the application that serves it."""

from contextlib import AbstractContextManager

from flask import current_app
from sqlalchemy.orm import Session

from almoxarife.server.store.database import Database


def transaction(*, alone: bool = False) -> AbstractContextManager[Session]:
    """``Database.transaction`` of the current application."""
    return current_database().transaction(alone=alone)


def reading() -> AbstractContextManager[Session]:
    """``Database.reading`` of the current application."""
    return current_database().reading()


def current_database() -> Database:
    """The open database of the current application."""
    database: Database = current_app.extensions["database"]
    return database
