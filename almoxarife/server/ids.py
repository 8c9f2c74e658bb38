"""Ids are numbers in the database and short texts on the wire: p12 is a product, m55 a movement."""

from enum import StrEnum


class IdKind(StrEnum):
    PRODUCT = "p"
    MOVEMENT = "m"
    USER = "u"
    DIRECTORY_PERSON = "d"
    SHOP = "l"
    CHAIN = "r"
    EVENT = "e"
    IMPORT = "i"
    MESSAGE = "c"
    SALE = "v"

    def to_wire(self, number: int) -> str:
        return f"{self._value_}{number}"

    def find_number(self, text: str) -> int | None:
        """The number in ``text``, None when it cannot be an id of this kind."""
        digits = text[1:]
        if (
            text[:1] != self._value_
            or not (digits.isascii() and digits.isdigit())
            or len(digits) > 18
            or digits[0] == "0"
        ):
            return None
        return int(digits)
