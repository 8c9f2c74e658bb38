"""Through how many files of the server a request passes: no more than it did, unless it does more now.

``python -m tests.trail`` prints them. Ten are the aim for an entry, twelve for a login and an imported row.
"""

import pytest

from tests.databases import Databases, Place
from tests.trail import Trail, follow

MOST_FILES = {"entry": 26, "poll after an entry": 20, "poll": 10, "imported row": 29, "login": 33}

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def trails(databases: Databases, furnished: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trail]:
    folder = tmp_path_factory.mktemp("trail")
    return follow(databases.copy(furnished, folder), folder)


@pytest.mark.parametrize("request_name", MOST_FILES)
def test_a_request_passes_through_no_more_files_than_it_did(trails: dict[str, Trail], request_name: str) -> None:
    trail = trails[request_name]

    assert len(trail.files) <= MOST_FILES[request_name], str(trail)


def test_a_trail_goes_from_the_connection_to_the_store(trails: dict[str, Trail]) -> None:
    for name, file in (
        ("entry", "stock/routes.py"),
        ("login", "accounts/routes.py"),
        ("poll after an entry", "stock/poll.py"),
    ):
        assert {"intake/asgi.py", "http/middleware.py", file} <= set(trails[name].files)
    assert "store/sqlite.py" in trails["entry"].files
