"""What this request works with: the services of the application that serves it.

Each service is kept by its class and asked for by it, ``current(Settings)``; ``app`` puts them
together. Nothing here knows the features that they belong to.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

from almoxarife.server.store.database import Database

Service = TypeVar("Service")

_SERVICES = "almoxarife"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is made anew each time the server starts."""

    instance: str
    """Random; tells this run from another on the same port."""
    setup_code: str | None = None
    """Makes the first administrador from another machine; printed on the console."""


class Services:
    """The services of one application, one of each class."""

    def __init__(self, app: Flask, *services: object) -> None:
        self._by_class: dict[type, object] = {}
        self.add(*services)
        app.extensions[_SERVICES] = self

    @staticmethod
    def of(app: Flask) -> "Services":
        services: Services = app.extensions[_SERVICES]
        return services

    def add(self, *services: object) -> None:
        """Keep each by its class and by what that class derives from, in place of an earlier one."""
        for service in services:
            self._by_class |= dict.fromkeys(type(service).__mro__[:-1], service)

    def find(self, kind: type[Service]) -> Service | None:
        return cast("Service | None", self._by_class.get(kind))

    def get(self, kind: type[Service]) -> Service:
        """Raises KeyError where the application was made without one."""
        return cast("Service", self._by_class[kind])


def current(kind: type[Service]) -> Service:
    """``Services.get`` of the current application."""
    return Services.of(current_app).get(kind)


def find_current(kind: type[Service]) -> Service | None:
    return Services.of(current_app).find(kind)


def transaction(*, alone: bool = False) -> AbstractContextManager[Session]:
    """``Database.transaction`` of the current application."""
    return current(Database).transaction(alone=alone)


def reading() -> AbstractContextManager[Session]:
    """``Database.reading`` of the current application."""
    return current(Database).reading()
