"""A character that PostgreSQL keeps in no text: whoever looks for it is told so, and nothing fails."""

from urllib.parse import quote

from tests.api.cast import Person, assert_refused

NUL = quote("\0")


def test_no_question_fails_over_a_nul(carla: Person, bolts: str) -> None:
    found = {}
    for path, operations in carla.get("/openapi.json").json["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                assert_refused(carla.get(f"{path}?{parameter['name']}={NUL}"), parameter["name"])
            elif parameter["in"] == "path":
                asked = path.replace("{" + parameter["name"] + "}", NUL)
                found[asked] = carla.get(asked).status_code

    assert [asked for asked, status in found.items() if status != 404] == []
