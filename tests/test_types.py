"""Scripts say in their comments what they take and give, and that is checked; no build step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.config import ASSETS
from tests.types import told
from tests.types.checker import TYPES, checked

SCRIPTS = sorted((ASSETS / "static" / "js").rglob("*.js"))
# What would silence the checker instead of telling it what is true.
SILENCERS = re.compile(r"@ts-(ignore|expect-error|nocheck)|[{<(|:,] ?\bany\b ?[}>)|,\[]|\{\*\}")


@pytest.mark.parametrize("part", ["page", "worker"])
def test_scripts_hold_to_their_types(part: str) -> None:
    assert checked(TYPES / part) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        "export const twice = (n) => 2 * n;",
        "export const first = (/** @type {string[]} */ of) => of[0].length;",
        "document.getElementById('room').hidden = true;",
    ],
)
def test_the_check_itself_can_fail(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text(wrong)
    (tmp_path / "tsconfig.json").write_text(
        f'{{"extends": "{TYPES / "page/tsconfig.json"}", "include": ["{tmp_path}/*"]}}'
    )
    assert "wrong.js(1," in checked(tmp_path)


def test_nothing_silences_the_checker() -> None:
    silent = [
        f"{path.name}: {found[0]}"
        for path in (*SCRIPTS, *(ASSETS / "static/js").rglob("*.ts"))
        if (found := SILENCERS.search(path.read_text(encoding="utf-8")))
    ]
    assert not silent


@pytest.mark.parametrize(("name", "text"), told.files().items(), ids=list(told.files()))
def test_the_types_of_what_the_server_tells_are_its_own(name: str, text: str) -> None:
    assert (told.ROOM / name).read_text(encoding="utf-8") == text, "python -m tests.types.told"
