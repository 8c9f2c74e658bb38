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

SERVER_LINE = (
    {
        "app",
        "bodies",
        "cli",
        "cli_audit",
        "cli_database",
        "cli_keys",
        "cli_logs",
        "connections",
        "console",
        "entrance",
        "exchange",
        "front",
        "granian_worker",
        "listening",
        "opening",
        "pool",
        "serving",
        "serving_logs",
    },
    {"health"},
    {"web"},
    {"sales"},
    {"stock"},
    {"catalog", "calendar"},
    {"accounts"},
    {"stores"},
    {"logs"},
    {"audit"},
    {"access", "programs", "problems", "messages", "memory", "direct", "openapi", "idempotency"},
    {"backups", "copying", "guards", "migrations", "replacing", "traces"},
    {
        *(
            "database",
            "storage",
            "group_commit",
            "units",
            "sqlite",
            "postgres",
            "postgres_lines",
            "many_rows",
            "column_types",
        ),
        *("allocator", "clock", "versions", "waiting"),
        *("build", "data_directory", "stop_request", "days", "errors", "ids", "log_lines", "nesting", "settings"),
    },
)
"""From top to bottom; who stands higher may import who stands lower, and neighbours each other."""

FEATURES = {"health", "web", "sales", "stock", "catalog", "calendar", "accounts", "stores", "logs", "audit"}

INSIDE_A_FEATURE = (
    {"routes", "pages", "poll", "shelf", "whole_list"},
    {"checking"},
    {
        *("reports", "importing", "history", "erasing", "directory", "receiving", "reading", "export"),
        *("sealing", "ledger"),
    },
    {"service"},
    {"tokens", "passwords", "throttle", "verification"},
    {"models", "tags", "chain", "rows"},
)

FOREIGN_TO_SERVER = {"tkinter", "ttkbootstrap", "requests"}
FOREIGN_TO_CLIENTS = {"flask", "werkzeug", "sqlalchemy", "alembic", "granian", "waitress", "itsdangerous"}

MAY_COMMIT = {"database", "group_commit"}
MAY_READ_REQUESTS = {"routes", "pages", "access", "direct", "programs", "app", "messages", "problems", "openapi"}
MAY_SPEAK_SQL = {"models", "service", "reports", "importing", "tokens", "throttle", "idempotency", "directory"}
MAY_SPEAK_SQL |= {"erasing"}
MAY_SPEAK_SQL |= {
    "database",
    "group_commit",
    "sqlite",
    "postgres",
    "postgres_lines",
    "column_types",
    "backups",
    "versions",
    "store",
    "server_store",
    "cleaning",
    "server_cleaning",
}
MAY_SPEAK_SQL |= {"dialects", "copying", "guards", "replacing", "traces"}
MAY_SPEAK_SQL |= {"outbox"}

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
    def place(self) -> str:
        """Where in the server it stands: the feature, or the module outside of any."""
        return _place(self.name)

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
    """wire knows brazil; clients and server know both, and nothing of each other."""
    may_know = {
        "": set(),
        "brazil": {"brazil"},
        "wire": {"wire", "brazil"},
        "clients": {"clients", "wire", "brazil"},
        "server": {"server", "wire", "brazil"},
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
            client_breach = module.wall in {"clients", "wire", "brazil", ""} and root in FOREIGN_TO_CLIENTS
            wire_breach = module.wall in {"wire", "brazil", ""} and root in FOREIGN_TO_SERVER
            if server_breach or client_breach or wire_breach:
                yield module.at(line, f"imports {root}, which {module.wall or PACKAGE} must not know")
            elif root == "ttkbootstrap" and not _is_theme(module):
                yield module.at(line, "imports ttkbootstrap outside clients/desktop/theme and widgets")


def _is_theme(module: Module) -> bool:
    rest = module.path[1:]
    return (
        rest[:2] == ["clients", "desktop"] and len(rest) > 2 and (rest[2] == "theme" or rest[2].startswith("widgets"))
    )


def server_line(modules: list[Module]) -> Iterator[str]:
    """In the server, imports go down the line only, and every module has a place in it."""
    rank = {name: level for level, names in enumerate(SERVER_LINE) for name in names}
    for module in modules:
        if module.wall != "server" or not module.place:
            continue
        if module.place not in rank:
            yield f"{module.name} has no place in the server's line"
            continue
        for target, line in module.imports:
            other = _place(target)
            if other and rank.get(other, len(rank)) < rank[module.place]:
                yield module.at(line, f"imports {target}, which stands above it")


def inside_features(modules: list[Module]) -> Iterator[str]:
    """routes > reports, importing > service > the nouns it works with > models."""
    rank = {name: level for level, names in enumerate(INSIDE_A_FEATURE) for name in names}
    for module in modules:
        own = _layer(module.stem)
        if module.place not in FEATURES or own not in rank:
            continue
        for target, line in module.imports:
            layer = _layer(target.split(".")[-1])
            if _place(target) == module.place and layer in rank and rank[layer] < rank[own]:
                yield module.at(line, f"imports {target}: a {module.stem} must not know its {layer}")


def across_features(modules: list[Module]) -> Iterator[str]:
    """Another feature is known by its service (audit by its tags too); its models only by models."""
    for module in modules:
        if module.place not in FEATURES:
            continue
        for target, line in module.imports:
            other = _place(target)
            if other not in FEATURES or other == module.place:
                continue
            layer = target.removeprefix(f"{SERVER}.{other}").strip(".")
            allowed = {"service", "models"} if module.stem == "models" else {"service"}
            if other == "audit":
                allowed |= {"tags"}
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
        if module.wall != "server" or _layer(module.stem) in MAY_READ_REQUESTS:
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
        if module.stem in MAY_SPEAK_SQL or module.place in {"audit", "migrations"}:
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
    server_line,
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


def _place(name: str) -> str:
    rest = name.removeprefix(f"{SERVER}.")
    return "" if rest == name else rest.split(".")[0]
