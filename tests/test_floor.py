"""Scripts are written for the browsers of docs/browsers.md, the one that says so for any."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.config import ASSETS
from app.screen.scripts import without_comments
from tests.support.acorn import parser

JS = ASSETS / "static" / "js"
PLAIN = JS / "alive.js"
MODULES = sorted({*JS.rglob("*.js")} - {PLAIN})
SYNTAX = 2021  # of the modules: Chrome 108, Safari 15.4, Firefox 121 read all of it
PLAIN_SYNTAX = 5
# What a parser can't see: newer than those browsers, and what to write instead.
TOO_NEW = {
    r"\.(toSorted|toReversed|toSpliced|with)\(": "copy by [...list], then sort, reverse or splice",
    r"\bObject\.groupBy|\bMap\.groupBy": "a loop",
    r"\bPromise\.(withResolvers|try)\b": "new Promise(...)",
    r"\bArray\.fromAsync\b": "a loop with await",
    r"\bAbortSignal\.(timeout|any)\b": "within() of browser.js",
    r"\bURL\.(canParse|parse)\b": "attempt() of browser.js around new URL(...)",
    r"\bnew Set\([^)]*\)\.(union|intersection|difference|isSubsetOf)\b": "filter",
    r"\(\?<[=!]": "a pattern without lookbehind",
    r"\bnavigator\.userActivation\b": "the event itself",
    r"\.checkVisibility\(": "closest('[hidden]')",
    r"\bscheduler\.": "setTimeout",
}


def problem(path: Path, version: int, kind: str) -> str:
    """Parse it as that version of the language; give what is wrong, or nothing."""
    text = json.dumps(path.read_text(encoding="utf-8"))
    options = json.dumps({"ecmaVersion": version, "sourceType": kind})
    found: str = parser().eval(
        f"(() => {{ try {{ acorn.parse({text}, {options}); return ''; }}"
        " catch (e) { return e.message; } })()"
    )
    return found


def read(text: str, kind: str) -> str:
    """Return the tree of a script, each part with its lines, and how many comments it has."""
    options = json.dumps({"ecmaVersion": SYNTAX, "sourceType": kind, "locations": True})
    names = ("start", "end", "column", "raw")
    found: str = parser().eval(
        f"(() => {{ const comments = []; const of = {{...{options}, onComment: comments}};"
        f" const tree = acorn.parse({json.dumps(text)}, of);"
        f" const plain = (k, v) => {json.dumps(names)}.includes(k) ? undefined : v;"
        " return JSON.stringify([comments.length, tree], plain); })()"
    )
    return found


@pytest.mark.slow
def test_what_phones_load_says_the_same_on_the_same_lines_without_a_comment() -> None:
    for path in (*MODULES, PLAIN):
        kind = "script" if path == PLAIN else "module"
        text = path.read_text(encoding="utf-8")
        count, tree = read(text, kind).split(",", 1)
        assert read(without_comments(text), kind) == f"[0,{tree}", path.name
        assert count != "[0", f"{path.name} says nothing of itself"


def test_modules_are_written_for_the_oldest_browsers_that_are_to_run_them() -> None:
    wrong = {path.name: said for path in MODULES if (said := problem(path, SYNTAX, "module"))}
    assert not wrong, f"newer than ES{SYNTAX}: {wrong}"


def test_modules_use_nothing_that_those_browsers_lack() -> None:
    wrong = [
        f"{path.name}: {found[0]!r} is too new: {instead}"
        for path in MODULES
        for pattern, instead in TOO_NEW.items()
        if (found := re.search(pattern, path.read_text(encoding="utf-8")))
    ]
    assert not wrong


def test_the_script_that_says_a_browser_is_too_old_can_be_read_by_any() -> None:
    assert problem(PLAIN, PLAIN_SYNTAX, "script") == ""


@pytest.mark.parametrize("newer", ["a ||= 1;", "class A { #b = 1; }", "a.at?.(0n) ?? (b &&= c);"])
def test_the_check_itself_can_fail(newer: str, tmp_path: Path) -> None:
    file = tmp_path / "newer.js"
    file.write_text(newer)
    assert problem(file, 2020 if "=" in newer else 2019, "module")
    assert problem(file, PLAIN_SYNTAX, "script")
