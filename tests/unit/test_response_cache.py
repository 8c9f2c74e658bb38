"""What memory has told once it tells again, to the same person, until anything at all has changed."""

from types import SimpleNamespace
from typing import Any

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.http import response_cache
from almoxarife.server.http.access import ORIGIN
from almoxarife.server.http.middleware import MAKE_CHECK
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.response_cache import CachedPage, ResponseCache
from almoxarife.server.http.responses import PlainResponse
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.store.versions import SharedVersions, Versions
from almoxarife.server.store.waiting import WouldWait
from almoxarife.wire.accounts import Role

PATH = "/inventario"
ENVIRON: Environ = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": PATH,
    "QUERY_STRING": "depois=1",
    "HTTP_HOST": "localhost",
    ORIGIN: Origin(address="127.0.0.1", request_id="1", is_local=True),
}


class CachedList:
    """Has one page more each time it is looked into."""

    topics: tuple[str, ...] = ("movements",)
    max_age_s = 0.0

    def __init__(self) -> None:
        self.length = 0
        self.looks = 0

    def can_answer(self, query: str) -> bool:
        return True

    def find_page(self, identity: Identity, query: str) -> CachedPage:
        self.looks += 1
        return CachedPage(f"{identity.username} {query} {self.looks} ".encode().ljust(self.length))


class People:
    """The token is the number of its person."""

    shop_ids: tuple[int, ...] = (1,)

    def identify(self, token: str) -> Identity | None:
        return Identity(int(token), f"person {token}", Role.SELLER, self.shop_ids, session_id=1)


@pytest.fixture
def cached_list() -> CachedList:
    return CachedList()


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def kept(cached_list: CachedList, versions: Versions, people: People) -> ResponseCache:
    database: Any = SimpleNamespace(versions=versions)
    return ResponseCache(database, people, {PATH: cached_list, "/produtos": cached_list})


def ask(
    kept: ResponseCache, person: int = 1, query: str = "depois=1", path: str = PATH, known: str | None = None
) -> PlainResponse:
    environ = ENVIRON | {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_AUTHORIZATION": f"Bearer {person}"}
    answer = kept.find_response(environ | ({} if known is None else {"HTTP_IF_NONE_MATCH": known}))
    assert answer is not None
    return answer


def test_the_same_question_is_looked_up_once(kept: ResponseCache, cached_list: CachedList) -> None:
    assert ask(kept) == ask(kept)
    assert cached_list.looks == 1


def test_any_change_is_looked_for(kept: ResponseCache, versions: Versions) -> None:
    before = ask(kept)
    versions.bump({"sessions"})

    assert ask(kept).body != before.body


def test_people_questions_and_places_have_their_own_answers(kept: ResponseCache) -> None:
    asked: list[dict[str, Any]] = [{}, {"person": 2}, {"query": "depois=2"}, {"path": "/produtos"}]
    answers = [ask(kept, **question) for question in asked]

    assert len({answer.body for answer in answers}) == len({dict(answer.headers)["ETag"] for answer in answers}) == 4
    assert [ask(kept, **question) for question in asked] == answers


def test_who_was_let_in_before_their_rights_changed_leaves_no_answer_behind(
    kept: ResponseCache, people: People
) -> None:
    before = ask(kept)
    people.shop_ids = (1, 2)  # the versions were read when this had happened already
    after = ask(kept)

    assert after.body != before.body
    assert dict(after.headers)["ETag"] != dict(before.headers)["ETag"]


def test_who_knows_the_answer_is_told_so_and_costs_no_look(
    kept: ResponseCache, cached_list: CachedList, versions: Versions
) -> None:
    tag = dict(ask(kept).headers)["ETag"]

    assert (ask(kept, known=tag).status, ask(kept, known=f'"x", W/{tag}').status, cached_list.looks) == (304, 304, 1)
    assert ask(kept, known='"x"').status == 200
    versions.bump({"movements"})
    assert ask(kept, known=tag).status == 200


def test_an_answer_is_current_until_anything_changes_in_another_process_too(cached_list: CachedList) -> None:
    stamps = [{"movements": 1}]
    identity = Identity(1, "person 1", Role.SELLER, (1,), session_id=1)
    people: Any = SimpleNamespace(identify=lambda token: identity if token == "1" else None)
    database: Any = SimpleNamespace(versions=SharedVersions(lambda: stamps[-1]))
    environ = ENVIRON | {"HTTP_AUTHORIZATION": "Bearer 1"}
    assert ResponseCache(database, people, {PATH: cached_list}).find_response(environ) is not None
    is_current = environ[MAKE_CHECK](environ)

    assert is_current()
    assert is_current()
    stamps.append({"movements": 2})
    assert not is_current()


def test_no_answer_is_current_for_whose_rights_changed_while_it_was_made(
    cached_list: CachedList, versions: Versions
) -> None:
    identities = [Identity(1, "person 1", Role.SELLER, (1,), session_id=1)]
    people: Any = SimpleNamespace(identify=lambda _: identities[-1])
    database: Any = SimpleNamespace(versions=versions)
    environ = ENVIRON | {"HTTP_AUTHORIZATION": "Bearer 1"}
    assert ResponseCache(database, people, {PATH: cached_list}).find_response(environ) is not None
    is_current = environ[MAKE_CHECK](environ)
    assert is_current()

    identities.append(identities[0]._replace(shop_ids=(1, 2)))  # the versions were read when this had happened already

    assert not is_current()


def test_what_cannot_be_looked_up_without_waiting_is_not_current(kept: ResponseCache, people: People) -> None:
    environ = ENVIRON | {"HTTP_AUTHORIZATION": "Bearer 1"}
    assert kept.find_response(environ) is not None
    is_current = environ[MAKE_CHECK](environ)

    for error in (StoreUnavailable(), WouldWait()):
        people.identify = raising(error)  # type: ignore[method-assign]
        assert not is_current()


def raising(error: BaseException) -> Any:
    def identify(token: str) -> Identity:
        raise error

    return identify


def test_what_one_asks_that_nobody_was_told_yet_may_be_known_too(kept: ResponseCache, cached_list: CachedList) -> None:
    assert ask(kept, known="*").status == 304
    assert cached_list.looks == 0
    assert ask(kept).status == 200


@pytest.mark.parametrize(("length", "looks"), [(50, 2), (51, 3)])
def test_so_many_bytes_are_kept_for_all_and_no_more(
    kept: ResponseCache, cached_list: CachedList, monkeypatch: pytest.MonkeyPatch, length: int, looks: int
) -> None:
    monkeypatch.setattr(response_cache, "MAX_BYTES", 100)
    cached_list.length = length
    for person in (1, 2, 1, 2):
        ask(kept, person)

    assert cached_list.looks == looks


def test_what_memory_does_not_answer_is_left_to_the_route(
    kept: ResponseCache, cached_list: CachedList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_list, "can_answer", lambda query: query == "depois=1")
    ask(kept)
    with pytest.raises(AssertionError):
        ask(kept, query="ultimos=1", known="*")


def test_so_many_answers_are_kept_and_no_more(
    kept: ResponseCache, cached_list: CachedList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response_cache, "MAX_RESPONSES", 2)
    for person in (1, 2, 3, 1, 2, 3):
        ask(kept, person)

    assert cached_list.looks == 4
