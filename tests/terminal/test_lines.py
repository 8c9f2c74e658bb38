"""From bytes to lines: whatever is at the other end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.clients.terminal.line_reader import ECHO, HIDE, MAX_LINE_BYTES, SHOW, BadLine, LineReader

IAC, DONT, DO, WONT, WILL, SB, SE = (bytes([n]) for n in (255, 254, 253, 252, 251, 250, 240))
ECHO_BYTE = bytes([ECHO])


def read(data, piece=1):
    """What comes out of it when it arrives in pieces: lines, and for one that cannot be used None."""
    reader, lines = LineReader(), []
    for begin in range(0, len(data), piece):
        reader.feed(data[begin : begin + piece])
        while reader.has_line():
            try:
                lines.append(reader.take_line())
            except BadLine:
                lines.append(None)
    return lines, reader


@pytest.mark.parametrize("piece", [1, 2, 3, 4096])
@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"um\ndois\r\ntres\r\0quatro\rcinco\n", ["um", "dois", "tres", "quatro", "cinco"]),
        (b"\n\r\n\r\r\n", ["", "", "", ""]),
        ("Açúcar, José\n".encode(), ["Açúcar, José"]),
        (b"meia linha", []),
        (b"12\b\x7f34\n", ["34"]),
        (b"\b\b1\n", ["1"]),
        ("açã\x7fo\n".encode(), ["aço"]),
        (b"a\tb\n", ["a b"]),
        (b"ol\xe1\nok\n", [None, "ok"]),
        (b"\x1b[A\nok\n", [None, "ok"]),
        (b"\xff\xfe\nok\n", [None, "ok"]),
        (b"\xff\xfa\nok\n", [None, "ok"]),
        (b"\xff\nok\n", [None, "ok"]),
        (b"12\xff\xfd34\nok\n", [None, "ok"]),
        (b"\xc3\n\xa1\n", [None, None]),
    ],
)
def test_lines_end_in_every_way_and_bad_ones_end_there(data, lines, piece):
    assert read(data, piece)[0] == lines


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_a_line_has_so_many_bytes_and_what_comes_after_a_longer_one_is_whole(piece):
    data = b"x" * MAX_LINE_BYTES + b"\n" + b"y" * (MAX_LINE_BYTES + 1) + b"\r\n" + b"z" * 100_000 + b"\nok\n"

    assert read(data, piece)[0] == ["x" * MAX_LINE_BYTES, None, None, "ok"]


@pytest.mark.parametrize("piece", [1, 2, 4096])
def test_commands_of_telnet_disturb_nothing_and_are_refused(piece):
    # What a telnet sends at first, with its window's size: 80 columns, 10 lines.
    hello = IAC + DO + b"\x03" + IAC + WILL + b"\x1f" + IAC + SB + b"\x1f\x00\x50\x00\x0a" + IAC + SE
    data = b"1" + hello + b"2\r\n" + b"3" + IAC + b"\xf1" + IAC + DONT + b"\x05" + b"4\r\n"

    lines, reader = read(data, piece)

    assert lines == ["12", "34"]
    assert bytes(reader.replies) == IAC + WONT + b"\x03" + IAC + DONT + b"\x1f"


def test_who_never_spoke_telnet_is_sent_none():
    _, reader = read(b"1\n")

    assert reader.hide() == reader.show() == b""


def test_a_secret_is_hidden_where_the_other_side_negotiates():
    _, reader = read(IAC + DO + b"\x03")
    reader.replies.clear()
    assert reader.hide() == HIDE
    reader.feed(IAC + DO + ECHO_BYTE + b"segredo\r\n")
    assert not reader.replies, "an agreement is not answered, or it would go on for ever"
    assert reader.show() == SHOW + b"\r\n"
    assert reader.take_line() == "segredo"
    reader.feed(IAC + DONT + ECHO_BYTE)
    assert not reader.replies


def test_who_wants_to_show_it_shows_the_end_of_the_line_too():
    _, reader = read(IAC + DO + b"\x03")
    reader.hide()
    reader.feed(IAC + DONT + ECHO_BYTE + b"segredo\r\n")

    assert reader.show() == SHOW


def test_who_is_asked_to_echo_unasked_refuses():
    _, reader = read(IAC + DO + ECHO_BYTE)

    assert bytes(reader.replies) == IAC + WONT + ECHO_BYTE


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_are_read_the_same_in_any_pieces(data, piece):
    data += b"\n"
    assert read(data, piece)[0] == read(data, 4096)[0]
