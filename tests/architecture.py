"""The import rules of the package, as functions from its modules to sentences about breaches.

Nothing is imported to be checked: the sources are parsed, so a rule can be tried on a
few lines of made-up code as well as on the real package.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "almoxarife"
SERVER = f"{PACKAGE}.server"

ROOMS = {
    "": "",
    "brazil": "",
    "build": "",
    "files": "",
    "sidecars": "files",
    "signals": "",
    "wire": "brazil",
    "tables": "wire brazil files",
    # The server: its root holds the nouns that every room speaks of.
    "server": "wire brazil build files",
    "server.store": "server wire build files",
    "server.data_directory": "server files",
    "server.upkeep": "server server.store server.data_directory wire files",
    "server.context": "server server.store",
    "server.http": "server server.context server.store server.data_directory wire",
    "server.intake": "server server.http server.store",
    "server.audit": "server server.store server.upkeep server.data_directory wire brazil",
    "server.logs": "server server.store server.audit server.data_directory files wire build tables",
    "server.stores": "server server.store server.audit wire brazil",
    "server.accounts": "server server.store server.audit server.logs server.stores wire brazil",
    "server.bulk": "server server.store server.audit server.accounts server.stores wire brazil tables",
    "server.calendar": "server server.store server.audit wire",
    "server.messaging": "server server.store server.audit server.accounts wire",
    "server.coordination": "server server.store server.logs wire",
    "server.catalog": "server server.store server.audit server.stores wire brazil tables",
    "server.importing": "server server.store server.audit server.catalog server.stock wire",
    "server.stock": "server server.store server.audit server.catalog wire tables",
    "server.sales": (
        "server server.store server.upkeep server.audit server.stores server.catalog server.stock wire brazil"
    ),
    "server.health": "server server.store server.upkeep server.audit server.coordination wire build",
    "server.web": "server server.context server.store server.http server.accounts wire brazil build tables",
    "server.gateway": "server server.data_directory server.logs files",
    "server.app": (
        "server server.context server.http server.store server.data_directory server.audit server.logs server.stores"
        " server.accounts server.bulk server.calendar server.catalog server.stock server.importing server.sales"
        " server.health"
        " server.messaging server.coordination server.web"
    ),
    "server.operations": "*",
    # The clients: each of the three top rooms is a program, or nearly.
    "clients": "",
    "clients.desktop": "",
    "clients.api": "wire brazil files",
    "clients.queue": "clients.api wire brazil files",
    "clients.terminal": "clients.queue clients.api wire brazil files sidecars signals",
    "clients.desktop.kit": "wire brazil files",
    "clients.desktop.frame": "clients.desktop.kit clients.queue clients.api wire brazil files",
    "clients.desktop.monitor": "clients.desktop.frame clients.desktop.kit clients.api wire brazil files tables",
    "clients.desktop.cadastro": (
        "clients.desktop.frame clients.desktop.kit clients.queue clients.api wire brazil files tables"
    ),
}
"""Which rooms each room may import from, besides itself; ``*`` is every room of its wall."""

EDGE_OF_A_FEATURE = {"routes", "pages", "poll", "cached_list", "request_log"}
"""Files of a feature that speak HTTP: they may know ``http`` and ``context`` and other features' services."""

FEATURES = {
    "health", "sales", "stock", "catalog", "calendar", "accounts", "bulk", "stores", "coordination", "messaging",
    "importing", "logs", "audit",
}  # fmt: skip

INSIDE_A_FEATURE = (
    EDGE_OF_A_FEATURE,
    {"reports", "importing", "history", "directory", "ingestion", "queries", "export"},
    {"service"},
    {"tokens", "passwords", "cpf", "throttle", "verification"},
    {"models", "tags", "hashing", "errors"},
)
"""From top to bottom; imports go down."""

ONLY_ROOMS_INSIDE = {"server", "clients", "clients.desktop"}
"""No file stands in these themselves, but for the nouns at the server's root."""

MAX_FILES = 12
"""In a folder, besides its ``__init__.py``: more of them are more than a newcomer takes in at a look."""
MAX_FILES_AT_THE_SERVERS_ROOT = 7

ROOT_OF_THE_SERVER = {"identity", "settings", "errors", "ids", "clock"}
"""Besides ``app`` and ``context``, which are rooms of their own."""

FOREIGN_TO_SERVER = {"tkinter", "ttkbootstrap", "requests"}
FOREIGN_TO_CLIENTS = {"flask", "werkzeug", "sqlalchemy", "alembic", "granian", "waitress", "itsdangerous"}

MAY_COMMIT = {"sessions", "writer"}
MAY_KNOW_FLASK = {"server.http", "server.context", "server.web", "server.app", "server.operations"}
"""Rooms; the edges of features may too."""
MAY_READ_REQUESTS = {"server.http", "server.web", "server.app"}
SPEAK_SQL = ("server.store", "server.upkeep", "server.audit", "server.logs.storage")
"""Folders that do nothing else."""
MAY_SPEAK_SQL = {"models", "service", "reports", "tokens", "throttle", "erasing", "store"}
"""Files of the features, and the clients' own queue."""

SQL_NAMES = {"select", "insert", "update", "delete", "text", "exists", "union", "union_all", "literal_column"}
SQL_METHODS = {"execute", "executemany", "executescript", "exec_driver_sql", "scalar", "scalars"}

DRAWERS = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}


@dataclass(frozen=True)
class Module:
    name: str
    tree: ast.Module
    is_package: bool = False
    imports: list[tuple[str, int]] = field(default_factory=list)
    """What is imported, as dotted names, and on which line."""

    @property
    def path(self) -> list[str]:
        return self.name.split(".")

    @property
    def stem(self) -> str:
        return self.path[-1]

    @property
    def wall(self) -> str:
        """``wire``, ``server``, ``clients``, ``brazil``, or empty for the package itself."""
        return self.path[1] if len(self.path) > 1 else ""

    @property
    def room(self) -> str:
        return room_of(self.name)

    @property
    def feature(self) -> str:
        """The feature of the server that it belongs to; empty outside of any."""
        return _feature(self.name)

    @property
    def is_edge(self) -> bool:
        """Whether it speaks HTTP for its feature."""
        return bool(self.feature) and _layer(self.stem) in EDGE_OF_A_FEATURE

    def at(self, line: int, sentence: str) -> str:
        return f"{self.name}:{line} {sentence}"


def read_package(folder: Path) -> list[Module]:
    sources = {}
    for file in sorted(folder.rglob("*.py")):
        parts = [PACKAGE, *file.relative_to(folder).with_suffix("").parts]
        sources[".".join(parts)] = file.read_text(encoding="utf-8")
    return parse(sources)


def parse(sources: Mapping[str, str]) -> list[Module]:
    """Modules from dotted names (``….__init__`` for a package) and their sources."""
    known = {name.removesuffix(".__init__") for name in sources}
    modules = []
    for name, source in sources.items():
        short = name.removesuffix(".__init__")
        module = Module(short, ast.parse(source, filename=name), is_package=short != name)
        module.imports.extend(_imports(module, known))
        modules.append(module)
    return modules


def _imports(module: Module, known: set[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(module, node)
            for alias in node.names:
                full = f"{source}.{alias.name}"
                yield (full if full in known else source), node.lineno


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    steps_up = node.level - 1 if module.is_package else node.level
    parent = module.path[: len(module.path) - steps_up]
    return ".".join([*parent, node.module] if node.module else parent)


def walls(modules: list[Module]) -> Iterator[str]:
    """wire knows brazil, tables read and write for both sides; clients and server know nothing of each other."""
    may_know = {
        "": set(),
        "brazil": {"brazil"},
        "build": {"build"},
        "files": {"files"},
        "sidecars": {"sidecars", "files"},
        "signals": {"signals"},
        "wire": {"wire", "brazil"},
        "tables": {"tables", "wire", "brazil", "files"},
        "clients": {"clients", "tables", "wire", "brazil", "files", "sidecars", "signals"},
        "server": {"server", "tables", "wire", "brazil", "build", "files", "sidecars", "signals"},
    }
    for module in modules:
        if module.wall not in may_know:
            yield f"{module.name} stands outside the walls {', '.join(filter(None, may_know))}"
            continue
        for target, line in module.imports:
            root, _, rest = target.partition(".")
            other = rest.split(".")[0]
            if root == PACKAGE and other and other not in may_know[module.wall]:
                yield module.at(line, f"imports {target}, across a wall")


def foreign_packages(modules: list[Module]) -> Iterator[str]:
    """No desktop or HTTP client in the server, no server library in the clients, only pydantic in wire."""
    for module in modules:
        for target, line in module.imports:
            root = target.split(".")[0]
            server_breach = module.wall == "server" and root in FOREIGN_TO_SERVER
            client_breach = module.wall != "server" and root in FOREIGN_TO_CLIENTS
            wire_breach = module.wall not in {"server", "clients"} and root in FOREIGN_TO_SERVER
            if server_breach or client_breach or wire_breach:
                yield module.at(line, f"imports {root}, which {module.wall or PACKAGE} must not know")
            elif root == "ttkbootstrap" and not _is_theme(module):
                yield module.at(line, "imports ttkbootstrap outside clients/desktop/kit/theme and widgets")


def _is_theme(module: Module) -> bool:
    kit = ["clients", "desktop", "kit"]
    rest = module.path[1:]
    return rest[:3] == kit and len(rest) > 3 and (rest[3] == "theme" or rest[3].startswith("widgets"))


def rooms(modules: list[Module]) -> Iterator[str]:
    """Each module stands in a room, and imports only from the rooms that its own may know."""
    for module in modules:
        own = module.room
        if own not in ROOMS:
            yield f"{module.name} stands in no room"
            continue
        if ROOMS[own] == "*":
            continue
        known = {own, "", *ROOMS[own].split()}
        if module.is_edge:
            known |= {"server.http", "server.context", "server.data_directory"}
            known |= {f"server.{feature}" for feature in FEATURES}
        for target, line in module.imports:
            if target.split(".")[0] == PACKAGE and room_of(target) not in known:
                yield module.at(line, f"imports {target}, which {own or PACKAGE} may not know")


def room_of(name: str) -> str:
    """The longest beginning of a module's name that is a room; a file at the server's root is in ``server``."""
    rest = name.removeprefix(PACKAGE).removeprefix(".")
    if rest.startswith("server.") and rest.count(".") == 1 and rest not in ROOMS:
        return "server" if rest.removeprefix("server.") in ROOT_OF_THE_SERVER else rest
    parts = rest.split(".")
    for length in range(len(parts), 0, -1):
        room = ".".join(parts[:length])
        if room in ROOMS and not (room in ONLY_ROOMS_INSIDE and length < len(parts)):
            return room
    return rest


def folders(modules: list[Module]) -> Iterator[str]:
    """No folder has more files than one takes in at a look."""
    files: dict[str, int] = {}
    for module in modules:
        if not module.is_package:
            folder = module.name.rpartition(".")[0]
            files[folder] = files.get(folder, 0) + 1
    for folder, number in files.items():
        most = MAX_FILES_AT_THE_SERVERS_ROOT if folder == SERVER else MAX_FILES
        # Revisions are a history, one file a step.
        if number > most and not folder.endswith(".versions"):
            yield f"{folder} has {number} files, more than {most}"


def flask_at_the_edge(modules: list[Module]) -> Iterator[str]:
    """Flask is known where requests are; a service or a store never hears of it."""
    for module in modules:
        if module.wall != "server" or module.room in MAY_KNOW_FLASK or module.is_edge:
            continue
        for target, line in module.imports:
            if target.split(".")[0] == "flask":
                yield module.at(line, "imports flask")


def inside_features(modules: list[Module]) -> Iterator[str]:
    """routes > reports, importing > service > the nouns it works with > models."""
    rank = {name: level for level, names in enumerate(INSIDE_A_FEATURE) for name in names}
    for module in modules:
        own = _layer(module.stem)
        if not module.feature or own not in rank:
            continue
        for target, line in module.imports:
            layer = _layer(target.split(".")[-1])
            if _feature(target) == module.feature and layer in rank and rank[layer] < rank[own]:
                yield module.at(line, f"imports {target}: a {module.stem} must not know its {layer}")


def across_features(modules: list[Module]) -> Iterator[str]:
    """Another feature is known by its service and its errors (audit by its tags too); its models only by models."""
    for module in modules:
        if not module.feature:
            continue
        for target, line in module.imports:
            other = _feature(target)
            if not other or other == module.feature:
                continue
            # A room inside a feature has a service of its own.
            layer = target.removeprefix(f"{SERVER}.{other}").rpartition(".")[2]
            allowed = {"service", "errors", "models"} if module.stem == "models" else {"service", "errors"}
            if other == "audit":
                allowed |= {"tags"}
            if module.is_edge:
                allowed |= {"request_log"}
            if layer not in allowed:
                yield module.at(line, f"imports {target}: only the service of {other} is for others")


def cycles(modules: list[Module]) -> Iterator[str]:
    """No module reaches itself through its imports."""
    known = {module.name for module in modules}
    graph = {module.name: {target for target, _ in module.imports if target in known} for module in modules}
    finished: set[str] = set()

    def visit(name: str, trail: list[str]) -> Iterator[str]:
        if name in trail:
            yield " imports ".join([*trail[trail.index(name) :], name])
            return
        if name in finished:
            return
        for target in sorted(graph[name]):
            yield from visit(target, [*trail, name])
        finished.add(name)

    for name in sorted(graph):
        yield from visit(name, [])


def commits(modules: list[Module]) -> Iterator[str]:
    """Whoever opened the transaction ends it: nobody else calls commit(), or begins another inside."""
    for module in modules:
        if module.stem in MAY_COMMIT:
            continue
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr == "commit":
                yield module.at(node.lineno, "calls commit(), which only database.py may")
            elif node.func.attr == "begin_nested":
                yield module.at(node.lineno, "calls begin_nested(): what it undoes would stay in the audit trail")


def request_readers(modules: list[Module]) -> Iterator[str]:
    """flask.request and flask.g stay at the edge: a service is told what it needs."""
    for module in modules:
        if module.wall != "server" or module.room in MAY_READ_REQUESTS or module.is_edge:
            continue
        for node in ast.walk(module.tree):
            taken: set[str] = set()
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "flask":
                taken = {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "flask":
                taken = {node.attr}
            for name in sorted(taken & {"request", "g"}):
                yield module.at(node.lineno, f"reads flask.{name}")


def sql_speakers(modules: list[Module]) -> Iterator[str]:
    """SQL is written where the data is kept: in models, services and their like."""
    for module in modules:
        if module.stem in MAY_SPEAK_SQL or module.name.removeprefix(f"{PACKAGE}.").startswith(SPEAK_SQL):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
                for name in sorted({alias.name for alias in node.names} & SQL_NAMES):
                    yield module.at(node.lineno, f"imports {name} from sqlalchemy")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL_METHODS:
                yield module.at(node.lineno, f"calls {node.func.attr}()")


def drawers(modules: list[Module]) -> Iterator[str]:
    """A file is called after what it knows."""
    for module in modules:
        if DRAWERS & set(module.path):
            yield f"{module.name} is a drawer: name it after what is in it"


RULES = (
    walls,
    foreign_packages,
    rooms,
    folders,
    flask_at_the_edge,
    inside_features,
    across_features,
    cycles,
    commits,
    request_readers,
    sql_speakers,
    drawers,
)


def _layer(stem: str) -> str:
    """``history_routes`` are routes: a feature may have several files of them."""
    return "routes" if stem.endswith("_routes") else stem


def _feature(name: str) -> str:
    rest = name.removeprefix(f"{SERVER}.")
    first = rest.split(".")[0]
    return first if rest != name and first in FEATURES else ""
