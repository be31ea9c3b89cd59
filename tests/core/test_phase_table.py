"""The table is the truth: what it declares is what happens, and what the docs show."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.core import phases
from app.core.diagram import page
from app.core.guards import Asked
from app.core.model import Phase, Role
from app.core.phases import TABLE
from app.errors import Refused
from tests.core.test_any_session import PHASES, SERVERS, STEPS, command
from tests.support.proof import LONG
from tests.support.session import Session

DOCS = Path(__file__).parents[2] / "docs"
CORE = Path(phases.__file__).parent
READS_JSON = {"record.py", "upcast.py"}  # whose shape no type of ours tells


def test_the_page_of_the_phases_is_drawn_from_the_table() -> None:
    assert (DOCS / "phases.md").read_text() == page()


@pytest.mark.parametrize("file", sorted(CORE.glob("*.py")), ids=lambda file: file.stem)
def test_guards_and_effects_are_held_to_their_own_kind_of_command(file: Path) -> None:
    """`mypy --strict` compares them with their rows; nothing may be hidden from it here."""
    text = file.read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert "type: ignore" not in text
    assert file.name in READS_JSON or not names & {"Any", "cast", "getattr", "setattr"}


@given(PHASES, STEPS)
@pytest.mark.prove
@settings(max_examples=150 * LONG, deadline=None)
def test_no_row_leads_anywhere_it_does_not_declare(
    phase: Phase, steps: list[tuple[str, Role, int]]
) -> None:
    s = Session().to(phase)
    for tap, role, ms in steps:
        if tap == "wait":
            continue
        s.now_ms += ms
        by = Role.SERVER if tap in SERVERS else role
        asked = command(s, tap, role)
        before = s.state
        declared = {
            to
            for row in TABLE
            if row.command is type(asked) and by in row.by and before.phase in row.phases
            and row.broken(Asked(before, asked, by, s.now_ms)) is None
            for to in (row.to or (before.phase,))
        }  # fmt: skip
        try:
            s.ask(asked, by)
        except Refused:
            assert not declared
        else:
            assert s.phase() in declared | {before.phase}
