"""What is kept between requests belongs to an object that somebody made: two servers in one process share nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import Module, parse, read_package

ROOT = Path(__file__).resolve().parent.parent
OF_THREADS = {
    *("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier", "Thread", "Timer", "local"),
    *("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "ThreadPoolExecutor", "ProcessPoolExecutor"),
}
CONTAINERS = {
    *("dict", "list", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"),
    *("WeakSet", "WeakKeyDictionary", "WeakValueDictionary"),
}
KNOWN = {
    # A key is one person's and on the way of every entry; no other process is kept out by these two.
    "almoxarife.server.store.idempotency": {"_held", "_waiting"},
    # Whether the thread may wait is said of the thread.
    "almoxarife.server.store.waiting": {"_thread"},
    # Filled by decorators while the modules are imported, and only read from then on.
    "almoxarife.server.web.pages": {"MENU", "COUNTS", "PROFILE_SECTIONS"},
    # Of nothing there is nothing to add to.
    "almoxarife.tables.product_cells": {"NO_UNITS"},
    # Windows calls it as long as the process lives.
    "almoxarife.server.operations.stopping": {"_kept"},
}


def find_state(modules: list[Module]) -> dict[str, set[str]]:
    """By module, its names for locks and the like, and for containers that are empty when it is imported."""
    found: dict[str, set[str]] = {}
    for module in modules:
        for name in _list_state(module.tree):
            found.setdefault(module.name, set()).add(name)
    return found


def _list_state(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        if node.value is not None and _is_state(node.value):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_state(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return not (value.keys if isinstance(value, ast.Dict) else value.elts)
    if not isinstance(value, ast.Call):
        return False
    called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    return called in OF_THREADS or (called in CONTAINERS and not value.args and not value.keywords)


def test_no_module_keeps_anything_but_what_is_known() -> None:
    assert find_state(read_package(ROOT / "almoxarife")) == KNOWN


@pytest.mark.parametrize(
    "line",
    [
        "_turn = Lock()",
        "_turn = threading.BoundedSemaphore(8)",
        "_seen: dict[str, int] = {}",
        "_waiting = deque()",
        "_pool = ThreadPoolExecutor(4)",
    ],
)
def test_state_in_a_module_is_found(line: str) -> None:
    assert find_state(parse({"almoxarife.server.stock.service": line}))


def test_a_table_is_no_state() -> None:
    table = "KINDS = {'a': 1}\nNAMES = set(map(str.lower, ('A',)))\nFEW: list[int] = [1]\n"
    assert not find_state(parse({"almoxarife.server.stock.service": table}))
