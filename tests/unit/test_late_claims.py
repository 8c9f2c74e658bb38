"""Keys of requests of one batch: claimed among all processes only where the request takes long."""

from collections.abc import Iterator
from time import monotonic
from typing import Any, cast

import pytest

from almoxarife.server.errors import KeyInProgress, StoreUnavailable
from almoxarife.server.store import idempotency
from almoxarife.server.store.contract import Claim
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import GivenKey, LateClaims

ONCE = GivenKey("a-key", b"")


class Elsewhere:
    """A database with another process, which may hold a claim."""

    is_only_process = False

    def __init__(self) -> None:
        self.theirs: set[str] = set()
        self.ours: list[str] = []
        self.asked = 0
        self.is_away = False

    def claim(self, name: str, *, wait_s: float) -> Claim | None:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable
        if name in self.theirs:
            return None
        self.ours.append(name)
        return Claim(cast("Any", self), name)

    def release(self, name: str) -> None:
        self.ours.remove(name)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def late_claims(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Iterator[LateClaims]:
    """Looks only when the test says so."""
    monkeypatch.setattr(LateClaims, "_start", lambda _: None)
    yield LateClaims(cast("Database", elsewhere))
    assert not idempotency._held


def look(late_claims: LateClaims, after_s: float) -> None:
    late_claims._look(monotonic() + after_s)


def never() -> None:
    pytest.fail("it is refused")


def test_a_request_that_is_soon_over_claims_nothing(late_claims: LateClaims, elsewhere: Elsewhere) -> None:
    held = late_claims.hold(1, ONCE, never)
    look(late_claims, 0)
    assert held.release()
    look(late_claims, 1)

    assert elsewhere.asked == 0
    assert not late_claims._came
    assert not late_claims._late


def test_one_that_is_late_claims_its_key_until_it_is_over(late_claims: LateClaims, elsewhere: Elsewhere) -> None:
    held = late_claims.hold(1, ONCE, never)
    for _ in range(3):
        look(late_claims, 1)
        assert elsewhere.ours == ["1 a-key"]
    assert held.release()
    look(late_claims, 1)

    assert elsewhere.ours == []
    assert not late_claims._late


def test_one_whose_key_runs_elsewhere_is_refused_once(late_claims: LateClaims, elsewhere: Elsewhere) -> None:
    refused = []
    elsewhere.theirs = {"1 a-key"}
    held = late_claims.hold(1, ONCE, lambda: refused.append("a-key"))
    look(late_claims, idempotency.WAIT_S - 1)
    assert refused == []
    for _ in range(2):
        look(late_claims, idempotency.WAIT_S + 1)
    assert refused == ["a-key"]

    assert not held.release()  # its batch must not answer it again


def test_it_is_late_from_its_moment_on_and_refused_only_after_the_whole_wait(
    late_claims: LateClaims, elsewhere: Elsewhere
) -> None:
    elsewhere.theirs = {"1 a-key"}
    held = late_claims.hold(1, ONCE, never)
    late_claims._came[0].came = 0.0

    late_claims._look(idempotency.LATE_S)
    assert elsewhere.asked == 1
    late_claims._look(idempotency.WAIT_S)

    assert held.release()


def test_one_that_was_answered_is_not_refused(late_claims: LateClaims, elsewhere: Elsewhere) -> None:
    elsewhere.theirs = {"1 a-key"}
    held = late_claims.hold(1, ONCE, never)
    look(late_claims, 1)
    late, *_ = late_claims._late
    assert held.release()

    late.refuse()
    look(late_claims, idempotency.WAIT_S + 1)


def test_what_cannot_be_claimed_is_left_to_its_batch(late_claims: LateClaims, elsewhere: Elsewhere) -> None:
    elsewhere.is_away = True
    held = late_claims.hold(1, ONCE, never)
    for _ in range(2):
        look(late_claims, idempotency.WAIT_S + 1)

    assert elsewhere.asked == 1
    assert held.release()


def test_a_key_that_runs_here_is_held_as_ever(late_claims: LateClaims, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_S", 0.01)
    held = late_claims.hold(1, ONCE, never)
    with pytest.raises(KeyInProgress):
        late_claims.hold(1, ONCE, never)
    assert late_claims.hold(1, None, never).release()
    assert late_claims.hold(2, ONCE, never).release()
    assert held.release()


@pytest.mark.parametrize("is_only_process", [True, False])
def test_where_nobody_else_is_near_nothing_is_kept(
    late_claims: LateClaims, elsewhere: Elsewhere, is_only_process: bool
) -> None:
    elsewhere.is_only_process = is_only_process
    held = late_claims.hold(1, ONCE, never)

    assert len(late_claims._came) == (not is_only_process)
    assert held.release()
