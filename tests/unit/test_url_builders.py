"""A route's builder of URLs is compiled when it is used first, and builds what Flask's own would."""

from unittest.mock import patch

import pytest
from werkzeug.routing import Map, MapAdapter, Rule

from almoxarife.server.http.application import _Rule

ROUTES = (
    ("/", {}),
    ("/produtos", {"limite": 3, "depois": "a b/ç"}),
    ("/produtos/<int:number>", {"number": 7}),
    ("/listas/<rule>/linhas", {"rule": "ç/1", "self": "2"}),
    ("/painel/<path:rest>", {"rest": "a/b c"}),
)


def urls(kind: type[Rule]) -> MapAdapter:
    return Map([kind(path, endpoint=path) for path, _ in ROUTES]).bind("localhost")


@pytest.mark.parametrize(("path", "values"), ROUTES)
@pytest.mark.parametrize("append_unknown", [True, False])
def test_it_builds_the_same(path: str, values: dict[str, object], append_unknown: bool) -> None:
    for _ in range(2):
        built = urls(_Rule).build(path, values, append_unknown=append_unknown)

        assert built == urls(Rule).build(path, values, append_unknown=append_unknown)


def test_a_route_is_added_without_compiling_any() -> None:
    with patch.object(Rule, "_compile_builder", side_effect=AssertionError):
        adapter = Map([_Rule("/compiled/by/nobody", endpoint="late")]).bind("localhost")

        with pytest.raises(AssertionError):
            adapter.build("late")
    assert adapter.build("late") == "/compiled/by/nobody"
