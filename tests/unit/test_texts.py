"""The quick way for texts of plain characters is the same as the long one."""

import unicodedata

import pytest
from pydantic_core import PydanticCustomError

from almoxarife.wire.fields import normalize_text


@pytest.mark.parametrize("character", list(map(chr, range(128))))
def test_plain_text_is_kept_and_control_characters_are_refused(character: str) -> None:
    if unicodedata.category(character) == "Cc":
        with pytest.raises(PydanticCustomError):
            normalize_text(f"a {character} b")
        with pytest.raises(PydanticCustomError):
            normalize_text(f"á {character} b")
    else:
        kept = " ".join(f"a {character} b".split())
        assert normalize_text(f"  a  {character}  b\n") == kept
        assert normalize_text(f"  á  {character}  b\n") == kept.replace("a", "á", 1)
