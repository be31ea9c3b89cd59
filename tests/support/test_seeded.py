"""The rooms that tests are given stand in the phase they were asked for, with both phones heard."""

from __future__ import annotations

import httpx
import pytest

from app.core.model import Phase, Role
from tests.support.app import bearer
from tests.support.seeded import laid
from tests.support.serving import Served


@pytest.mark.parametrize("phase", list(Phase))
def test_a_room_is_laid_in_any_phase_and_each_seat_speaks_for_itself(
    laying: Served, phase: Phase
) -> None:
    made = laid(laying.url, phase, host=Role.HOST)
    for role, token in made.tokens.items():
        address = f"{laying.url}/api/rooms/{made.room}"
        state = httpx.get(address, headers=bearer(token)).json()
        assert (state["phase"], state["role"]) == (phase, role)
        assert {seat["link"] for seat in state["seats"].values()} == {"live"}
