from datetime import timedelta

from almoxarife.clients.desktop.monitor.feed import Feed
from tests.clients.things import NOON, movement


def shown(feed):
    """Each row as its product column, with the effect in front of a movement."""
    return [row.sentence or " ".join(filter(None, (row.cells[3], row.cells[4], row.cells[6]))) for row in feed.rows]


def test_news_stand_above_history_newest_first():
    feed = Feed()
    feed.add_history([movement(1, "5"), movement(2, "6")], now=NOON)
    feed.add_live([movement(3, "-2", kind="saida"), movement(4, "8")], now=NOON)

    assert shown(feed) == [
        "+8 Parafuso 10mm novo",
        "−2 Parafuso 10mm novo",
        "── histórico até 12:00 ──",
        "+6 Parafuso 10mm",
        "+5 Parafuso 10mm",
    ]
    assert feed.rows[1].cells == ("12:00:03", "▼ saída", "ana", "−2", "Parafuso 10mm", "5", "novo")


def test_a_row_is_shown_once_however_often_it_comes():
    feed = Feed()
    feed.add_history([movement(1)], now=NOON)
    assert feed.add_live([movement(1), movement(2)], now=NOON) == 1
    feed.add_history([movement(1), movement(2)], now=NOON)

    assert len([row for row in feed.rows if row.cells]) == 2


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


def test_it_counts_what_came_on_top():
    feed = Feed()
    feed.add_history([movement(1)], now=NOON)
    assert feed.take_added() == 0
    feed.add_live([movement(2), movement(3)], now=NOON)
    feed.server_lost(now=NOON)
    assert feed.take_added() == 3
    assert feed.take_added() == 0


def test_the_oldest_rows_leave_first():
    feed = Feed(longest=5)
    feed.add_history([movement(seq) for seq in range(1, 5)], now=NOON)
    feed.add_live([movement(seq, str(seq)) for seq in range(5, 12)], now=NOON)

    assert [row.cells[3] for row in feed.rows if row.cells] == ["+11", "+10", "+9", "+8", "+7"]

    mixed = Feed(longest=5)
    mixed.add_history([movement(seq, str(seq)) for seq in range(1, 5)], now=NOON)
    mixed.add_live([movement(5), movement(6)], now=NOON)
    assert [row.cells[3] for row in mixed.rows if row.cells] == ["+5", "+5", "+4", "+3", "+2"]


def test_a_row_of_another_day_says_which():
    feed = Feed()
    feed.add_history([movement(1, minutes=-24 * 60)], now=NOON)

    assert feed.rows[-1].cells[0] == "19/11 12:00"


def test_equal_numbers_of_another_history_are_other_rows():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    feed.forget_numbers()
    feed.say("outro histórico", now=NOON)
    feed.add_live([movement(1, minutes=9)], now=NOON)

    assert len(feed.rows) == 3
    assert len({row.key for row in feed.rows}) == 3
