"""Following by seq: every row once, in order, through restarts and outages. A ledger of lists stands in for HTTP."""

from almoxarife.clients.api.client import Listing
from almoxarife.clients.desktop.monitor.polling import NEWEST, PollCursor, fetch
from almoxarife.wire.fields import MAX_PAGE_SIZE
from tests.clients.things import movement


class Ledger:
    def __init__(self, count=0):
        self.rows = [movement(seq) for seq in range(1, count + 1)]
        self.asked = []

    def add(self, count=1):
        self.rows += [movement(seq) for seq in range(len(self.rows) + 1, len(self.rows) + 1 + count)]

    def movements(self, *, after=None, newest=None, limit=None, etag=None):
        self.asked.append(("newest", newest) if newest else ("after", after))
        if newest:
            return Listing(self.rows[-newest:], None)
        version = f'"{len(self.rows)}-{after}"'
        if etag == version:
            return Listing(None, etag)
        return Listing([m for m in self.rows if m.seq > after][:limit], version)


def take(follower, ledger, landmark=None):
    """One question and answer; the seqs to record."""
    batch = fetch(ledger, follower.next_request(landmark))
    follower.took(batch)
    return [m.seq for m in batch.movements]


def drain(follower, ledger):
    taken = []
    while True:
        batch = fetch(ledger, follower.next_request())
        follower.took(batch)
        taken += [m.seq for m in batch.movements]
        if not batch.is_full:
            return taken


def test_the_first_monitor_begins_with_the_newest():
    ledger, follower = Ledger(NEWEST + 50), PollCursor(None)

    assert take(follower, ledger) == list(range(51, NEWEST + 51))
    assert not follower.is_catching_up
    assert take(follower, ledger) == []
    ledger.add(2)
    assert take(follower, ledger) == [NEWEST + 51, NEWEST + 52]


def test_on_an_empty_server_nothing_is_asked_twice_from_the_start():
    ledger, follower = Ledger(), PollCursor(None)

    assert take(follower, ledger) == []
    ledger.add()
    assert take(follower, ledger) == [1]
    assert ledger.asked == [("newest", NEWEST), ("after", 0)]


def test_what_happened_while_it_was_closed_is_all_taken_page_by_page():
    ledger = Ledger(2 * MAX_PAGE_SIZE + 30)
    follower = PollCursor(7)
    first = fetch(ledger, follower.next_request())
    follower.took(first)

    assert [m.seq for m in first.movements] == list(range(8, 8 + MAX_PAGE_SIZE))
    assert first.is_full
    assert follower.is_catching_up, "still history, not news"
    assert drain(follower, ledger) == list(range(8 + MAX_PAGE_SIZE, 2 * MAX_PAGE_SIZE + 31))
    assert not follower.is_catching_up


def test_rows_recorded_before_are_shown_but_not_taken_again():
    batch = fetch(Ledger(10), PollCursor(8).next_request())

    assert [m.seq for m in batch.known] == list(range(1, 9))
    assert [m.seq for m in batch.movements] == [9, 10]


def test_for_another_person_the_past_is_fetched_again_and_not_recorded_again():
    ledger, follower = Ledger(NEWEST + 50), PollCursor(None)
    take(follower, ledger)
    follower.show_again()
    batch = fetch(ledger, follower.next_request())

    assert [m.seq for m in batch.known] == list(range(51, NEWEST + 51))
    assert list(batch.movements) == []


def test_a_question_without_news_is_answered_by_its_etag():
    ledger, follower = Ledger(3), PollCursor(None)
    take(follower, ledger)
    take(follower, ledger)
    assert follower.next_request().etag == '"3-3"'
    assert take(follower, ledger) == []
    ledger.add()
    assert take(follower, ledger) == [4]
    assert follower.next_request().etag is None, "it belongs to another question now"


def look_for(follower, ledger, landmark):
    """What the monitor finds after an outage, or at a start."""
    follower.verify_next()
    batch = fetch(ledger, follower.next_request(landmark))
    follower.took(batch)
    return batch


def test_a_backup_restored_during_an_outage_is_noticed():
    follower = PollCursor(10)
    restored = Ledger(4)

    batch = look_for(follower, restored, movement(10))

    assert batch.is_other_history
    assert follower.cursor == 4
    restored.add()
    assert take(follower, restored) == [5]


def test_an_emptied_server_is_noticed_too():
    follower = PollCursor(10)

    assert look_for(follower, Ledger(), movement(10)).is_other_history
    assert follower.cursor == 0


def test_another_server_with_more_rows_is_noticed():
    follower = PollCursor(10)

    batch = look_for(follower, Ledger(5000), movement(10, minutes=1))

    assert batch.is_other_history
    assert len(batch.movements) == NEWEST


def test_who_sees_fewer_shops_is_no_other_history():
    """Bruno may see none of what Ana's login recorded: there is no landmark for him."""
    follower = PollCursor(10)

    batch = look_for(follower, Ledger(4), None)

    assert not batch.is_other_history
    assert (batch.movements, follower.cursor) == ([], 10)


def test_an_outage_alone_changes_nothing():
    ledger, follower = Ledger(10), PollCursor(None)
    take(follower, ledger)
    ledger.add(3)

    batch = look_for(follower, ledger, movement(10))

    assert not batch.is_other_history
    assert [m.seq for m in batch.movements] == [11, 12, 13]
    assert batch.known == ()


def test_what_could_not_be_recorded_is_asked_for_again():
    ledger, follower = Ledger(3), PollCursor(1)
    fetch(ledger, follower.next_request())  # and writing it failed: took() is not called

    assert take(follower, ledger) == [2, 3]
