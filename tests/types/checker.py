"""Runs the checker of the scripts' types."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TYPES = Path(__file__).parent


def checked(project: Path, *options: str) -> str:
    """Return what the checker says about a project; empty if all is well."""
    found = sorted(TYPES.glob("node_modules/@typescript/*/lib/tsc*"))
    if not found:
        pytest.skip("TypeScript is not installed: make check does it")
    command = [str(found[0]), "-p", str(project), "--pretty", "false", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
