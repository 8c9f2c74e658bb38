"""Every way to go wrong has a status and a slug of its own; a fault of ours says nothing of itself."""

from collections.abc import Callable, Iterator
from time import sleep
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from almoxarife.server.catalog import service as catalog
from almoxarife.server.errors import AlmoxarifeError, RequestFailed, StartupError, StoreUnavailable, WriteFailed
from almoxarife.server.stock import service as stock
from almoxarife.server.store.database import Database
from tests.api.cast import Person, Server, assert_problem
from tests.log_capture import LogCapture


def descendants(error: type[RequestFailed]) -> Iterator[type[RequestFailed]]:
    for each in error.__subclasses__():
        yield each
        yield from descendants(each)


FAMILIES = [error for error in descendants(RequestFailed) if error.__subclasses__()]
LEAVES = [error for error in descendants(RequestFailed) if not error.__subclasses__()]


@pytest.mark.parametrize("error", LEAVES)
def test_every_error_has_a_status_a_slug_of_its_own_and_a_sentence_to_show(error: type[RequestFailed]) -> None:
    assert 400 <= error.status < 600
    assert error.slug == vars(error)["slug"]
    assert error.message != AlmoxarifeError.message
    assert error.message.endswith((".", ")."))
    assert error.__module__.startswith("almoxarife.server.")
    assert error.__module__.endswith(".errors")


def test_no_two_errors_share_a_slug() -> None:
    slugs = [error.slug for error in LEAVES]

    assert len(set(slugs)) == len(slugs)


def test_a_family_says_a_status_and_nothing_that_could_be_answered() -> None:
    assert len({family.status for family in FAMILIES}) == len(FAMILIES)
    assert not any(hasattr(family, "slug") for family in FAMILIES)


def test_what_needs_no_answer_is_no_failed_request() -> None:
    assert set(AlmoxarifeError.__subclasses__()) == {StartupError, RequestFailed}


def test_each_problem_has_a_request_id_of_its_own_which_the_log_has_too(shop: Server, log: LogCapture) -> None:
    ids = [assert_problem(shop.ask("GET", "/nada"), 404, "rota-desconhecida")["requisicao"] for _ in range(3)]

    assert len(set(ids)) == 3
    assert [entry["request_id"] for entry in log.entries] == ids
    assert {(entry["status"], entry["problem"]) for entry in log.entries} == {(404, "rota-desconhecida")}


def test_one_line_is_logged_for_a_request_and_says_whose_it_was(ana: Person, log: LogCapture) -> None:
    response = ana.get("/lojas")

    (entry,) = log.entries
    assert (entry["event"], entry["method"], entry["path"], entry["status"]) == ("request", "GET", "/lojas", 200)
    assert (entry["user_id"], entry["address"]) == (ana.number, "127.0.0.1")
    assert entry["request_id"] == response.headers["X-Request-Id"]


def test_the_wait_for_a_thread_is_part_of_how_long_it_took(shop: Server, log: LogCapture) -> None:
    environ = EnvironBuilder(path="/lojas", base_url="http://localhost:5000").get_environ()
    environ["REMOTE_ADDR"] = "127.0.0.1"
    middleware: Any = shop.app.wsgi_app
    assert not middleware.answer_at_once(environ, None)

    sleep(0.05)
    run_wsgi_app(middleware, environ)

    (entry,) = log.entries
    assert (entry["status"], entry["duration_ms"] >= 50) == (401, True)


@pytest.mark.parametrize(
    ("service", "verb", "work"),
    [
        pytest.param(catalog, "create_product", lambda ana: ana.add("Prego"), id="in-flask"),
        pytest.param(stock, "record", lambda ana: ana.receive("p1", 1), id="before-flask"),
    ],
)
def test_a_fault_of_ours_is_500_and_shows_nothing_of_itself(
    ana: Person,
    log: LogCapture,
    monkeypatch: pytest.MonkeyPatch,
    service: object,
    verb: str,
    work: Callable[[Person], TestResponse],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the cellar")

    monkeypatch.setattr(service, verb, fail)

    response = work(ana)

    problem = assert_problem(response, 500, "erro-interno")
    assert b"cellar" not in response.data
    assert b"ZeroDivision" not in response.data
    fault = next(entry for entry in log.entries if entry["event"] == "fault")
    assert fault["request_id"] == problem["requisicao"]
    assert fault["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_a_write_is_tried_once_whatever_became_of_a_replica(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def fail(*_: object, **__: object) -> None:
        tried.append(_)
        raise StoreUnavailable

    monkeypatch.setattr(catalog, "create_product", fail)
    monkeypatch.setattr(Database, "has_lost_replica", True)

    assert_problem(ana.add("Prego"), 503, "banco-indisponivel")
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("error", "code"), [(WriteFailed, "gravacao-indisponivel"), (StoreUnavailable, "banco-indisponivel")]
)
def test_a_write_that_is_not_on_disk_is_503_and_says_when_to_return(
    ana: Person, monkeypatch: pytest.MonkeyPatch, error: type[AlmoxarifeError], code: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(catalog, "create_product", fail)

    response = ana.add("Prego")

    assert_problem(response, 503, code)
    assert int(response.headers["Retry-After"]) > 0
