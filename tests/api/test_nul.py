"""A character that PostgreSQL keeps in no text: whoever looks for it finds nothing, and nothing fails."""

from urllib.parse import quote

from tests.api.cast import Person

NUL = quote("\0")


def test_no_question_fails_over_a_nul(carla: Person) -> None:
    asked = {}
    for path, operations in carla.get("/openapi.json").json["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                url = f"{path}?{parameter['name']}={NUL}"
            else:
                url = path.replace("{" + parameter["name"] + "}", NUL)
            asked[url] = carla.get(url).status_code

    assert len(asked) > 30
    assert {url: status for url, status in asked.items() if status >= 500} == {}
