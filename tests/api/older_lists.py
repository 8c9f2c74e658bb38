"""The lists that the older program's own test posts, by shape, in its order; the people are made up."""

import zlib
from typing import Any

Shape = tuple[str, object, int, list[tuple[int, bool]]]
"""Name, body (None: the file is unreadable and ``""`` is sent), status, and each refusal: has it a login?"""


def person(login: str, **changes: object) -> dict[str, Any]:
    whole = {
        "first_name": "Rita",
        "last_name": "Luz",
        "patronymic": "Maria",
        "birthday": "25/09/1991",
        "email": f"{login}@loja.example",
        "phone": f"+55 11 9{zlib.crc32(login.encode()) % 10**8:08}",
        "login": login,
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def _many() -> list[dict[str, Any]]:
    """Thirteen, of which nine are made."""
    return [
        person("um", phone="89001110001", birthday="08/12/1991"),
        person("dois", phone="89001110002", birthday="08.12.1991"),
        person("três", phone="89001110003") | {"login": None},
        person("quatro", phone="89001110004", birthday="08-12-1991"),
        person("cinco", phone="89001110005"),
        person("seis", phone="89001110006", email=None),
        person("sete", phone=None),
        person("cinco", phone="89001110008", email="oito@loja.example"),
        person("nove", phone="89001110009", email=None, birthday=None),
        person("dez", phone=None, birthday=None),
        person("onze", phone="89001110011", email="Dez@Loja.example", birthday=None),
        person("doze", phone=None, birthday=None),
        person("treze", phone="89001110009", birthday=None),
    ]


def list_shapes() -> list[Shape]:
    many = [{name: value for name, value in one.items() if value is not None} for one in _many()]
    fields = ("first_name", "last_name", "patronymic", "birthday", "email", "phone", "login")
    without_login = dict.fromkeys((*fields[:3], "phone"), "")
    five = [person(login, phone=f"8900111330{n}") for n, login in enumerate(("a1", "b.2", "c3", "d4", "e5"))]
    return [
        ("error_00", {}, 400, [(1, False)]),
        ("error_01", None, 400, []),
        ("error_02", person("e02", email=None, phone=None), 400, [(1, True)]),
        ("error_03", None, 400, []),
        ("error_04", person("e04", email=None, phone="89001112204", birthday="11121990"), 200, []),
        ("error_05", dict.fromkeys(fields, ""), 400, [(1, False)]),
        (
            "error_06",
            without_login | {"login": "e06"},
            400,
            [(1, True)],
        ),
        ("error_07", person("e07", email=None, birthday=None, phone=""), 400, [(1, True)]),
        ("error_08", person("e08", email=None, phone="+7"), 400, [(1, True)]),
        ("error_09", person("e09", email=None, phone="+7abc"), 400, [(1, True)]),
        ("error_10", person("e10", email=None, phone="+" + "9" * 48), 400, [(1, True)]),
        ("error_11", person("e11", first_name="R" * 98), 400, [(1, True)]),
        ("array_many", many, 200, [(3, False), (8, True), (11, True), (13, True)]),
        ("array_many_1", five, 200, []),
        ("array_one", [person("array", phone="89001114401")], 200, []),
        ("one", person("one", phone="89001115501"), 200, []),
    ]
