from datetime import timedelta

import pytest

from almoxarife.clients.desktop.monitor.feed import NEW_FOR, Feed
from almoxarife.clients.desktop.monitor.movement_filter import MovementFilter
from tests.clients.things import NOON, movement


def shown(feed, *, now=NOON, **more):
    """Each row as its sentence, or its effect, product and mark."""
    rows = feed.rows(now=now, **more)
    return [row.sentence or " ".join(filter(None, (row.cells[3], row.cells[4], row.cells[7]))) for row in rows]


def effects(feed, **more):
    return [row.cells[3] for row in feed.rows(now=NOON, **more) if row.cells]


def test_news_stand_above_history_newest_first():
    feed = Feed()
    feed.add_history([movement(1, "5"), movement(2, "6")], now=NOON)
    feed.add_live([movement(3, "-2", kind="saida"), movement(4, "8")], now=NOON)

    assert shown(feed) == [
        "+8 Parafuso 10mm novo",
        "-2 Parafuso 10mm novo",
        "── histórico até 12:00 ──",
        "+6 Parafuso 10mm",
        "+5 Parafuso 10mm",
    ]
    exit_row = feed.rows(now=NOON, shops={"l1": "Centro"})[1]
    assert exit_row.cells == ("12:00:03", "▼ saída", "ana", "-2", "Parafuso 10mm", "5", "Centro", "novo")
    assert exit_row.tags == ("down", "new")


def test_news_grow_old_after_a_minute_and_keep_their_colour():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    before = NOON + NEW_FOR - timedelta(seconds=1)
    assert [(row.cells[7], row.tags) for row in feed.rows(now=before)] == [("novo", ("up", "new"))]
    assert [(row.cells[7], row.tags) for row in feed.rows(now=NOON + NEW_FOR)] == [("", ("up",))]


def test_a_row_is_shown_once_however_often_it_comes():
    feed = Feed()
    feed.add_history([movement(1)], now=NOON)
    feed.add_live([movement(1), movement(2)], now=NOON)
    feed.add_history([movement(1), movement(2)], now=NOON)

    assert len(effects(feed)) == 2


def test_an_outage_is_one_line_with_its_length():
    feed = Feed()
    for minute in (3, 4):
        feed.server_lost(now=NOON + timedelta(minutes=minute))
    assert shown(feed) == ["◐ Sem servidor desde 12:03"]
    feed.add_live([movement(1)], now=NOON)
    feed.server_back(now=NOON + timedelta(minutes=5))
    feed.server_back(now=NOON + timedelta(minutes=6))

    assert shown(feed) == ["+5 Parafuso 10mm novo", "● Sem servidor 12:03-12:05, nada perdido"]
    feed.server_lost(now=NOON + timedelta(minutes=9))
    assert shown(feed)[0] == "◐ Sem servidor desde 12:09"


def test_an_outage_within_a_minute_has_one_time():
    feed = Feed()
    feed.server_lost(now=NOON)
    feed.server_back(now=NOON + timedelta(seconds=20))

    assert shown(feed) == ["● Sem servidor às 12:00, nada perdido"]


def test_an_outage_over_midnight_says_its_days():
    feed = Feed()
    feed.server_lost(now=NOON)
    feed.server_back(now=NOON + timedelta(hours=20))

    assert shown(feed) == ["● Sem servidor 20/11 12:00 - 21/11 08:00, nada perdido"]


def test_a_sentence_of_another_day_says_which_also_once_midnight_has_passed():
    feed = Feed()
    feed.add_history([movement(1)], now=NOON)
    feed.server_lost(now=NOON)
    feed.server_back(now=NOON + timedelta(minutes=2))
    feed.server_lost(now=NOON + timedelta(minutes=3))
    tomorrow = [row.sentence for row in feed.rows(now=NOON + timedelta(days=1)) if row.sentence]

    assert tomorrow == [
        "◐ Sem servidor desde 20/11 12:03",
        "● Sem servidor 20/11 12:00-12:02, nada perdido",
        "── histórico até 20/11 12:00 ──",
    ]
    assert shown(feed)[0] == "◐ Sem servidor desde 12:03"


def test_a_pause_holds_back_what_comes_and_counts_what_the_filter_lets_through():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    paused_at = feed.newest
    feed.add_live([movement(2, "2"), movement(3, "-3", kind="saida")], now=NOON)
    feed.server_lost(now=NOON)
    entries = MovementFilter(kinds=frozenset({"entrada"}))

    assert effects(feed, up_to=paused_at) == ["+5"]
    assert feed.count_held_back(MovementFilter(), paused_at) == 2
    assert feed.count_held_back(entries, paused_at) == 1
    assert effects(feed) == ["-3", "+2", "+5"]


def test_a_filter_leaves_the_sentences():
    feed = Feed()
    feed.add_history([movement(1, shop="l2")], now=NOON)
    feed.server_lost(now=NOON)
    feed.add_live([movement(2, "2")], now=NOON)

    assert shown(feed, view=MovementFilter(shop_id="l2")) == [
        "◐ Sem servidor desde 12:00",
        "── histórico até 12:00 ──",
        "+5 Parafuso 10mm",
    ]


def test_the_oldest_rows_leave_first():
    feed = Feed(max_entries=5)
    feed.add_history([movement(seq) for seq in range(1, 5)], now=NOON)
    feed.add_live([movement(seq, str(seq)) for seq in range(5, 12)], now=NOON)

    assert effects(feed) == ["+11", "+10", "+9", "+8", "+7"]

    mixed = Feed(max_entries=5)
    mixed.add_history([movement(seq, str(seq)) for seq in range(1, 5)], now=NOON)
    mixed.add_live([movement(5), movement(6)], now=NOON)
    assert effects(mixed) == ["+5", "+5", "+4", "+3", "+2"]


def test_a_row_of_another_day_says_which_also_once_midnight_has_passed():
    feed = Feed()
    feed.add_history([movement(1, minutes=-24 * 60), movement(2)], now=NOON)
    times = [row.cells[0] for row in feed.rows(now=NOON) if row.cells]
    assert times == ["12:00:02", "19/11 12:00"]
    tomorrow = [row.cells[0] for row in feed.rows(now=NOON + timedelta(days=1)) if row.cells]
    assert tomorrow == ["20/11 12:00", "19/11 12:00"]


def test_names_of_shops_that_come_later_are_written_into_the_rows():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    assert [feed.rows(now=NOON, shops=shops)[0].cells[6] for shops in ({}, {"l1": "Centro"}, {"l1": "Norte"})] == [
        "",
        "Centro",
        "Norte",
    ]


def test_nothing_is_left_for_another_person():
    feed = Feed()
    feed.add_history([movement(1)], now=NOON)
    feed.add_live([movement(2)], now=NOON)
    feed.server_lost(now=NOON)
    feed.clear()
    assert feed.rows(now=NOON) == []
    feed.server_back(now=NOON)
    feed.add_history([movement(2)], now=NOON)
    assert shown(feed) == ["── histórico até 12:00 ──", "+5 Parafuso 10mm"]


def test_equal_numbers_of_another_history_are_other_rows():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    feed.forget_numbers()
    feed.say("outro histórico", now=NOON)
    feed.add_live([movement(1, minutes=9)], now=NOON)

    assert len({row.key for row in feed.rows(now=NOON)}) == 3


@pytest.mark.parametrize(
    ("view", "is_taken"),
    [
        (MovementFilter(), True),
        (MovementFilter(kinds=frozenset({"saida"})), True),
        (MovementFilter(kinds=frozenset({"entrada"})), False),
        (MovementFilter(shop_id="l2"), True),
        (MovementFilter(shop_id="l1"), False),
        (MovementFilter(text="  "), True),
        (MovementFilter(text="ACUCAR"), True),
        (MovementFilter(text="acu jose"), True),
        (MovementFilter(text="acu maria"), False),
        (MovementFilter(text="balcao"), True),
        (MovementFilter(text="nf-77"), True),
        (MovementFilter(text="distribuidora"), True),
        (MovementFilter(text="-5"), False),
    ],
)
def test_what_a_view_lets_through(view, is_taken):
    sold = movement(
        1, "-5", kind="saida", name="Açúcar", by="José", shop="l2", reason="Balcão", document="NF-77",
        supplier="Distribuidora",
    )  # fmt: skip
    assert view.matches(sold) is is_taken


def test_a_view_knows_whether_it_leaves_anything_out():
    assert not MovementFilter(text=" ").is_narrowed
    narrow = (MovementFilter(text="a"), MovementFilter(shop_id="l1"), MovementFilter(kinds=frozenset({"saida"})))
    assert all(each.is_narrowed for each in narrow)
