"""Through how many files of the server a request passes: no more than it did, unless it does more now.

``python -m tests.call_trace`` prints them. Ten are the aim for an entry, twelve for a login and an imported row.
"""

import pytest

from tests.call_trace import CallTrace, follow
from tests.databases import Databases, Place

MAX_FILES = {"entry": 26, "poll after an entry": 20, "poll": 10, "imported row": 28, "login": 32}

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def traces(databases: Databases, furnished: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CallTrace]:
    folder = tmp_path_factory.mktemp("trace")
    return follow(databases.copy(furnished, folder), folder)


@pytest.mark.parametrize("request_name", MAX_FILES)
def test_a_request_passes_through_no_more_files_than_it_did(traces: dict[str, CallTrace], request_name: str) -> None:
    trace = traces[request_name]

    assert len(trace.files) <= MAX_FILES[request_name], str(trace)


def test_a_trace_goes_from_the_connection_to_the_store(traces: dict[str, CallTrace]) -> None:
    for name, file in (
        ("entry", "stock/routes.py"),
        ("login", "accounts/routes.py"),
        ("poll after an entry", "stock/poll.py"),
    ):
        assert {"intake/asgi.py", "http/middleware.py", file} <= set(traces[name].files)
    assert "store/sqlite.py" in traces["entry"].files
