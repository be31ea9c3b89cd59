"""The table is the truth: what it declares is what happens, and what the docs show."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from app.core.diagram import page
from app.core.guards import Asked
from app.core.model import Phase, Role
from app.core.phases import TABLE
from app.errors import Refused
from tests.core.test_any_session import PHASES, SERVERS, STEPS, command
from tests.support.proof import LONG
from tests.support.session import Session

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_the_phases_is_drawn_from_the_table() -> None:
    assert (DOCS / "phases.md").read_text() == page()


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
            and all(guard.holds(Asked(before, asked, by, s.now_ms)) for guard in row.guards)
            for to in (row.to or (before.phase,))
        }  # fmt: skip
        try:
            s.ask(asked, by)
        except Refused:
            assert not declared
        else:
            assert s.phase() in declared | {before.phase}
