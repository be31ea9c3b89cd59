"""The house keeps its shape: imports run one way, clocks stay in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# Each part may import those before it, and itself.
ORDER = (
    ("errors", "constants"),
    ("core",),
    ("clock", "config", "content"),
    ("logs", "https"),
    ("journal", "protocol"),
    ("record", "server"),
    ("hub",),
    ("pairing", "screen"),
    ("web", "doctor"),
    ("live",),
    ("main",),
    ("serve_https",),
    ("serve",),
    ("cli",),
    ("__main__",),
)
# Beside each other in a line: none may import the other. Narrower than the order:
NOT_FOR = {
    "core": {"clock", "config"},
    "content": {"clock", "config"},
    "protocol": {"clock", "config", "content", "logs", "https"},
    "record": {"clock", "config", "journal", "protocol"},
    "hub": {"config", "record", "server"},
    "pairing": {"record", "server", "screen"},
    "screen": {"hub", "journal", "clock"},
    "serve": {"hub", "pairing", "web", "live", "core", "content"},
}
NOT_IN_CORE = {"asyncio", "datetime", "os", "random", "secrets", "socket", "sqlite3", "time"}
KNOW_SOCKETS = (APP / "live" / "socket.py", APP / "server")
CLOCK_CALLS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "loop": {"time"},
    "time": {
        f"{name}{unit}"
        for name in ("time", "monotonic", "perf_counter", "process_time")
        for unit in ("", "_ns")
    },
}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
MOST_LINES_A_FUNCTION = 50
MOST_CHARS_A_LINE = 100
# Translators get whole sentences, so a string is never broken: a line that holds nothing but one
# string, with the call and the tag that end behind it, may be longer.
ONE_STRING = re.compile(r'\s*(?:_\(|ngettext\()?"[^"]*"\)?,?(?: }}(?:</\w+>)*)?')
FOLDERS = ("app", "bench", "static", "templates", "tests")


def _files(*suffixes: str) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.suffix in suffixes
                and not {"vendor", "node_modules"} & set(path.parts)
                and "_assets" not in path.parts
            ):
                yield path


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> Iterator[str]:
    """Every module this file imports; `from a import b` counts as a.b where b is a module."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            for alias in node.names:
                inner = ROOT / Path(*(node.module or "").split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or inner.is_dir()
                yield f"{node.module}.{alias.name}" if is_module else str(node.module)


APP_FILES = sorted(APP.rglob("*.py"))
PLACE = {part: n for n, line in enumerate(ORDER) for part in line}


def _part(module: str) -> str:
    """Name the part that a module is of; the numbers shared with phones are everybody's."""
    return "constants" if module == "app.protocol.constants" else module.split(".")[1]


def _of_app(path: Path) -> set[str]:
    """List what a file imports of the app, by module; `TYPE_CHECKING` or not."""
    return {name for name in _imports(path) if name.startswith("app.")}


def test_imports_run_one_way() -> None:
    wrong = []
    for path in APP_FILES:
        module = _module(path)
        if module == "app":
            continue
        for name in sorted(_of_app(path)):
            own, other = _part(module), _part(name)
            is_before = PLACE[other] < PLACE[own] and other not in NOT_FOR.get(own, ())
            if own != other and not is_before:
                wrong.append(f"{module} may not import {name}")
    assert not wrong, "\n".join(wrong)


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {_module(path): _of_app(path) - {_module(path)} for path in APP_FILES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_nobody_outside_the_hub_holds_a_room_but_by_its_door() -> None:
    inside = {"app.hub.room", "app.hub.presence", "app.hub.listeners", "app.hub.alerts"}
    wrong = [
        _module(path)
        for path in APP_FILES
        if not _module(path).startswith("app.hub") and _of_app(path) & inside
    ]
    assert not wrong, f"ask for a Door: {', '.join(wrong)}"


def test_routes_call_no_routes() -> None:
    routes = {_module(p) for p in APP_FILES if "APIRouter(" in p.read_text(encoding="utf-8")}
    assert len(routes) > 5
    wrong = [m for m in routes for n in _of_app(_file_of(m)) if n in routes]
    assert not wrong, f"give what they share a file of its own: {', '.join(wrong)}"


def _file_of(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def test_the_map_names_every_folder_and_file() -> None:
    said = ast.get_docstring(_tree(APP / "__init__.py")) or ""
    there = {p.parent.name + "/" for p in APP.glob("*/__init__.py")}
    there |= {p.name for p in APP.glob("*.py") if p.name[0] != "_"}
    named = set(re.findall(r"\b[a-z_]+(?:/|\.py)", said))
    assert named - {"tests/", "docs/", "test_architecture.py"} == there


def test_core_is_pure() -> None:
    for path in sorted((APP / "core").rglob("*.py")):
        impure = {name.split(".")[0] for name in _imports(path)} & NOT_IN_CORE
        assert not impure, f"{_module(path)} imports {', '.join(impure)}: pass it in as an argument"


def test_only_the_clock_reads_a_clock() -> None:
    for path in APP_FILES:
        if path == APP / "clock.py":
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value).removesuffix("()").split(".")[-1]
                owner = "loop" if owner.endswith("loop") else owner
                assert node.func.attr not in CLOCK_CALLS.get(owner, set()), (
                    f"{path.name}:{node.lineno} reads a clock: ask app/clock.py"
                )
            if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
                taken = {alias.name for alias in node.names} & CLOCK_CALLS["time"]
                assert not taken, f"{path.name}:{node.lineno} takes a clock: ask app/clock.py"


def test_nobody_knows_websockets_but_the_socket_and_the_server_below() -> None:
    for path in APP_FILES:
        if any(path == known or known in path.parents for known in KNOW_SOCKETS):
            continue
        assert not [name for name in _imports(path) if name.split(".")[0] == "websockets"]
        said = [
            node.value
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith("websocket.")
        ]
        assert not said, f"{path.name} speaks {said[0]!r}: that is for live/phone.py"


def test_only_the_command_line_prints() -> None:
    for path in APP_FILES:
        if path == APP / "cli.py":
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{path.name}:{node.lineno} prints: log it instead"


def test_names_say_what_a_file_is_for() -> None:
    vague = [path for path in _files(".py", ".js", ".css", ".html") if path.stem in VAGUE]
    assert not vague, f"name by what it does: {', '.join(path.name for path in vague)}"


def test_no_line_is_longer_than_100_characters() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in _files(".js", ".ts", ".css", ".html")
        if path.is_relative_to(ROOT / "static") or path.is_relative_to(ROOT / "templates")
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_CHARS_A_LINE and not ONE_STRING.fullmatch(line)
    ]
    assert not long, "break these (ruff keeps Python's): " + ", ".join(long)


def _says_why(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "# Long because" in "\n".join(lines[function.lineno - 1 : function.end_lineno])


def test_functions_are_short_or_say_why_not() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in _files(".py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_A_FUNCTION
        and not _says_why(path, node)
    ]
    assert not long, "one thing each, or a comment `# Long because …`: " + "; ".join(long)


def test_modules_say_what_they_are() -> None:
    silent = [_module(path) for path in APP_FILES if not ast.get_docstring(_tree(path))]
    assert not silent, f"no docstring: {', '.join(silent)}"


def test_docstrings_begin_with_what_a_function_returns_or_does() -> None:
    vague = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in APP_FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and re.match(r"(Give|Tell|Say)\b", ast.get_docstring(node) or "")
    ]
    assert not vague, "begin with Return, or with what it does: " + "; ".join(vague)
