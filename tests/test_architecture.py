"""The house keeps its shape: imports run one way, clocks stay in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

# What each part may import of the app, besides itself. Longest prefix wins.
COMMON = {"app.errors", "app.protocol_constants"}
CORE = COMMON | {"app.core"}
CONTENT = {"app.content", "app.content_files"}
HUB = CORE | CONTENT | {"app.journal", "app.screen", "app.hub", "app.clock", "app.logs"}
EDGE = HUB | {"app.edge", "app.config", "app.https"}
MAY_IMPORT: dict[str, set[str]] = {
    "app": set(),
    "app.errors": set(),
    "app.protocol_constants": set(),
    "app.clock": set(),
    "app.config": COMMON,
    "app.logs": {"app.config"},
    "app.core": CORE,
    "app.content": CORE
    | {f"app.content_{part}" for part in ("checks", "files", "learn", "wording")},
    "app.content_checks": COMMON | {"app.content_files"},
    "app.content_wording": COMMON | {"app.content_files"},
    "app.content_learn": COMMON | {"app.content_files"},
    "app.content_files": CORE,
    "app.journal": CORE | CONTENT | {"app.journal", "app.clock", "app.logs"},
    "app.screen": CORE | {"app.content", "app.content_files", "app.screen"},
    "app.hub": HUB,
    "app.edge": EDGE,
    "app.edge.listen": COMMON,
    "app.https": COMMON | {"app.https"},
    "app.doctor": COMMON | {"app.clock", "app.config", "app.doctor", "app.https", "app.journal"},
    "app.main": EDGE,
    "app.serve_https": COMMON | {"app.clock", "app.config", "app.edge", "app.https"},
    "app.serve": COMMON
    | {"app.clock", "app.config", "app.edge", "app.logs", "app.main", "app.serve_https"},
    "app.cli": COMMON
    | CONTENT
    | {"app.clock", "app.config", "app.doctor", "app.https", "app.serve", "app.serve_https"},
    "app.__main__": {"app.cli"},
}
NOT_IN_CORE = {"asyncio", "datetime", "os", "random", "secrets", "socket", "sqlite3", "time"}
KNOWS_SOCKETS = APP / "edge" / "socket.py"
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


def _is_under(module: str, parent: str) -> bool:
    return module == parent or module.startswith(parent + ".")


def _rule(module: str) -> set[str]:
    owner = max((part for part in MAY_IMPORT if _is_under(module, part)), key=len)
    assert owner != "app" or module == "app", f"{module} has no place in MAY_IMPORT yet"
    return MAY_IMPORT[owner]


APP_FILES = sorted(APP.rglob("*.py"))


@pytest.mark.parametrize("path", APP_FILES, ids=_module)
def test_imports_run_one_way(path: Path) -> None:
    allowed = _rule(_module(path))
    wrong = [
        name
        for name in _imports(path)
        if _is_under(name, "app")
        and name != "app"
        and not any(_is_under(name, part) for part in allowed)
    ]
    assert not wrong, f"{_module(path)} may not import {', '.join(sorted(set(wrong)))}"


@pytest.mark.parametrize("path", sorted((APP / "core").rglob("*.py")), ids=_module)
def test_core_is_pure(path: Path) -> None:
    impure = {name.split(".")[0] for name in _imports(path)} & NOT_IN_CORE
    assert not impure, f"{_module(path)} imports {', '.join(impure)}: pass it in as an argument"


@pytest.mark.parametrize("path", APP_FILES, ids=_module)
def test_only_the_clock_reads_a_clock(path: Path) -> None:
    if path == APP / "clock.py":
        return
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


@pytest.mark.parametrize("path", APP_FILES, ids=_module)
def test_only_the_socket_file_knows_websockets(path: Path) -> None:
    if path == KNOWS_SOCKETS:
        return
    assert not [name for name in _imports(path) if name.split(".")[0] == "websockets"]
    said = [
        node.value
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("websocket.")
    ]
    assert not said, f"{path.name} speaks {said[0]!r}: that is for edge/socket.py"


@pytest.mark.parametrize("path", APP_FILES, ids=_module)
def test_only_the_command_line_prints(path: Path) -> None:
    if path == APP / "cli.py":
        return
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path.name}:{node.lineno} prints: log it instead"


def test_names_say_what_a_file_is_for() -> None:
    vague = [path for path in _files(".py", ".js", ".css", ".html") if path.stem in VAGUE]
    assert not vague, f"name by what it does: {', '.join(path.name for path in vague)}"


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
