"""What people read for the values of entries: a person's name, and the result in Portuguese."""

from collections.abc import Callable, Iterable

from almoxarife.server.accounts.reports import find_names
from almoxarife.server.context import reading
from almoxarife.server.http.access import current_identity
from almoxarife.server.ids import IdKind

_RESULTS = {"success": "sucesso", "failure": "falha"}


def name_values(user_ids: Iterable[str]) -> Callable[[str, str], str]:
    """A function of (field, value) that tells the value in words; of people, those with these ids by name.

    A gerente reads the ids of all, and the names of the people of their own shops. The id is told as well: other
    programs write ids of their own.
    """
    numbers = {number for each in user_ids if (number := IdKind.USER.find_number(each)) is not None}
    names: dict[int, str] = {}
    if numbers:
        with reading() as session:
            names = find_names(session, numbers, by=current_identity())
    by_id = {IdKind.USER.to_wire(number): f"{name} ({IdKind.USER.to_wire(number)})" for number, name in names.items()}

    def tell(field: str, value: str) -> str:
        known = {"user_id": by_id, "result": _RESULTS}.get(field, {})
        return known.get(value, value)

    return tell
