"""Work that no test looks at, done once or weakly: it would be most of what a short test costs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property, partial
from types import CodeType
from typing import Any

import pytest
from flask import Blueprint, Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement
from werkzeug.routing import Rule
from werkzeug.security import generate_password_hash

from almoxarife.server.accounts import passwords

WEAK = "scrypt:256:8:1"


@contextmanager
def weak_passwords() -> Iterator[None]:
    """Hashing takes 0.1 s, for known and unknown people alike; here it takes nothing for both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "generate_password_hash", partial(generate_password_hash, method=WEAK))
        patch.setattr(passwords, "_HASH_OF_NOBODY", _make_nobody())
        yield


@cache
def _make_nobody() -> str:
    return generate_password_hash("nobody's", method=WEAK)


@contextmanager
def compiled_once() -> Iterator[None]:
    """What Flask makes of the routes, Jinja of a template, and SQLAlchemy of a statement and a server, is made again
    for each application.
    """
    from almoxarife.server import app as application  # which few of those need who only start programs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "BLUEPRINTS", (_RegisteredOnce(application.BLUEPRINTS),))
        patch.setattr(Rule, "compile", _rules_compiled_once(Rule.compile))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": _TemplatesCompiledOnce()})
        patch.setattr(ClauseElement, "_compile_w_cache", _statements_compiled_once(ClauseElement._compile_w_cache))
        patch.setattr(PGDialect_psycopg, "initialize", _servers_asked_once(PGDialect_psycopg.initialize))
        yield


def keep_compiled_rules() -> None:
    """From now on, in this process and in those that are forked from it, with those of all pages and routes known here.

    Making them is a quarter of what a server needs of the processor to start.
    """
    Rule.compile = _rules_compiled_once(Rule.compile)  # type: ignore[assignment, method-assign]
    for module in list(sys.modules.values()):
        for value in list(vars(module).values()):
            if isinstance(value, Blueprint):
                app = Flask("rules", static_folder=None)
                app.url_map.merge_slashes = False  # as in the application
                app.register_blueprint(value)


class _RegisteredOnce:
    """All blueprints of the routes as one, which gives each application the map and the views of the first."""

    def __init__(self, blueprints: tuple[Blueprint, ...]) -> None:
        self._blueprints = blueprints

    def register(self, app: Flask, options: dict[str, Any]) -> None:
        app.url_map = self._first.url_map
        app.view_functions |= self._first.view_functions
        app.blueprints |= self._first.blueprints

    @cached_property
    def _first(self) -> Flask:
        from almoxarife.server.http.application import make_application

        def hooks() -> str:
            kept = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "error_handler_spec")
            return repr([getattr(first, name) for name in kept])

        first = make_application()
        before = hooks()
        for blueprint in self._blueprints:
            first.register_blueprint(blueprint)
        assert hooks() == before, "a blueprint has more than routes"
        return first


class _TemplatesCompiledOnce(BytecodeCache):
    """To compile them is half of what a test of pages costs."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def _servers_asked_once(
    ask: Callable[[PGDialect_psycopg, Connection], None],
) -> Callable[[PGDialect_psycopg, Connection], None]:
    # The databases of these tests are all one server's.
    found: dict[type[PGDialect_psycopg], dict[str, Any]] = {}

    def ask_once(dialect: PGDialect_psycopg, connection: Connection) -> None:
        if type(dialect) not in found:
            before = dict(dialect.__dict__)
            ask(dialect, connection)
            now = dialect.__dict__.items()
            found[type(dialect)] = {name: value for name, value in now if before.get(name, found) is not value}
        dialect.__dict__.update(found[type(dialect)])

    return ask_once


def _rules_compiled_once(compile_rule: Callable[[Rule], None]) -> Callable[[Rule], None]:
    compiled: dict[tuple[Any, ...], Rule] = {}

    def compile_once(rule: Rule) -> None:
        assert rule.map is not None
        of_map = (rule.map.host_matching, rule.merge_slashes, tuple(rule.map.converters.items()))
        key = (rule.rule, rule.host, rule.subdomain, repr(rule.defaults), *of_map)
        if key not in compiled:
            compile_rule(rule)
            compiled[key] = rule
            return
        made = compiled[key]
        rule.arguments |= made.arguments
        rule._parts, rule._trace, rule._converters = made._parts, made._trace, made._converters
        # Asked for anew each time, since the first use of a builder compiles it and puts the outcome in its place.
        rule._build = lambda **values: made._build(**values)
        rule._build_unknown = lambda **values: made._build_unknown(**values)

    return compile_once


def _statements_compiled_once(compile_statement: Callable[..., Any]) -> Callable[..., Any]:
    # Statements are compiled by the first dialect of each kind, for all databases of that kind.
    kinds: dict[tuple[Any, ...], tuple[Dialect, dict[Any, Any]]] = {}

    def compile_once(statement: ClauseElement, dialect: Dialect, **how: Any) -> Any:
        kind = (type(dialect), dialect.server_version_info)
        first, cache = kinds.setdefault(kind, (dialect, {}))
        if how["compiled_cache"] is not None:
            how["compiled_cache"] = cache
        return compile_statement(statement, first, **how)

    return compile_once
