"""What stands twice in a JSON is found, what only looks so is not, and neither takes longer than the text is long."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.server.http.malformed import find_repeated_names

TEXTS = st.text(st.sampled_from([*'ab:"\\{}[],é😀\n']), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def find(raw: bytes) -> str | None:
    return next(iter(find_repeated_names(raw, orjson.loads(raw)).values()), None)


@given(VALUES, st.booleans())
def test_names_that_stand_once_are_left_alone(value: object, is_ascii: bool) -> None:
    assert find(json.dumps(value, ensure_ascii=is_ascii).encode()) is None


@given(VALUES, VALUES, VALUES, TEXTS, st.booleans())
def test_one_that_stands_twice_is_found_wherever_it_is(
    before: object, first: object, second: object, name: str, is_ascii: bool
) -> None:
    written = [json.dumps(value, ensure_ascii=is_ascii) for value in (before, name, first, name, second)]
    raw = "[{}, {{{}: {}, {}: {}}}]".format(*written).encode()

    assert find(raw) is not None
    assert find(b'{"x": ' + raw + b"}") is not None


@pytest.mark.parametrize("raw", [b'{"a": 1, "\\u0061": 2}', b'{"a": ":", "a": ""}', b'{"a": "\\u003a", "a": ""}'])
def test_a_name_is_the_same_however_it_is_written(raw: bytes) -> None:
    assert find(raw) == "a"


def test_what_the_second_one_has_replaced_may_be_deep() -> None:
    assert find(b'{"a": ' + b"[" * 1000 + b"]" * 1000 + b', "a": 1}') in {"a", "corpo"}


def test_many_names_are_looked_through_once() -> None:
    names = [f'"{number}": 0' for number in range(50_000)]

    assert find(f"{{{', '.join([*names, names[-1]])}}}".encode()) == "49999"


def test_the_items_of_a_list_that_have_one_are_told_by_their_numbers() -> None:
    raw = b'[{"a": 1}, {"b": 1, "b": 2}, [[{"c": {"d": 1, "d": 2}}]], 1, {"e": ":"}]'

    assert find_repeated_names(raw, orjson.loads(raw)) == {1: "b", 2: "d"}
