"""Reads scripts as a parser does, in QuickJS; pinned by npm in tests/floor."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import quickjs

ACORN = Path(__file__).parent.parent / "floor/node_modules/acorn/dist/acorn.js"
NEWEST = 2025


@cache
def parser() -> quickjs.Context:
    if not ACORN.exists():
        pytest.skip("acorn is not installed: make test does it")
    engine = quickjs.Context()
    engine.eval("globalThis.self = globalThis;" + ACORN.read_text(encoding="utf-8"))
    return engine


def imports_of(text: str) -> list[str]:
    """Return what a module imports, as it is written there."""
    options = {"ecmaVersion": NEWEST, "sourceType": "module"}
    found: list[str] = json.loads(
        parser().eval(
            f"JSON.stringify(acorn.parse({json.dumps(text)}, {json.dumps(options)}).body"
            ".map((one) => one.source?.value).filter(Boolean))"
        )
    )
    return found
