"""The services of the application that serves the current request: settings, database, caches, limits, ….

``app`` registers one object for each class, and a route gets it by its class: ``current(Settings)``.
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
    """What is generated at each start of the server."""

    instance: str
    """Random; distinguishes this run from another one on the same port."""
    setup_code: str | None = None
    """Shown on the console: a registration with it makes the first administrador, also from another machine."""


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
        """Register each under its class and all base classes, replacing earlier ones."""
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


def transaction(*, own_commit: bool = False) -> AbstractContextManager[Session]:
    """``Database.transaction`` of the current application."""
    return current(Database).transaction(own_commit=own_commit)


def reading() -> AbstractContextManager[Session]:
    """``Database.reading`` of the current application."""
    return current(Database).reading()
