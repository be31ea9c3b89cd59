"""The client's answers, judged in memory: only that they passed is kept."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import Field

from app.core.commands import FailScreening, PassScreening
from app.core.model import Phase, Reason, Role
from app.core.safety import judge_screening
from app.errors import Refused, WireError
from app.hub.door import Door
from app.web.answers import Strict


class Screening(Strict):
    list: str
    answers: dict[str, bool]
    cleared: dict[str, bool] = Field(default_factory=dict)


async def judge(
    request: Request, room: Door, body: Screening, *, may_know: bool = False
) -> dict[str, Any]:
    """Judge a screening and tell the room its outcome; raises Refused outside the lobby.

    If the room `may_know` it already, an answer that was lost is given again.
    """
    safety = request.app.state.library.safety
    if room.state.phase is not Phase.LOBBY and not may_know:
        raise Refused("not_now")
    ids = {question.id for question in safety.questions}
    if body.list != safety.version:
        raise WireError("list: this is another version of the questions. Load the page again.")
    if set(body.answers) != ids:
        missing = ", ".join(sorted(ids ^ set(body.answers)))
        raise WireError(f"answers: every question once, please ({missing})")
    outcome, advice = judge_screening(safety.questions, body.answers, body.cleared)
    passed = outcome == "passed"
    if room.state.phase is not Phase.LOBBY and not _knows(room, passed):
        raise Refused("not_now")
    if room.state.phase is Phase.LOBBY:
        is_cleared = any(body.answers.values())  # or it would not have passed
        passes = PassScreening(list=body.list, is_cleared=is_cleared)
        await room.ask(passes if passed else FailScreening(), Role.CLIENT)
    return {"outcome": outcome, "advice": advice}


def _knows(room: Door, passed: bool) -> bool:
    """Return whether the room is where this outcome would have led it."""
    state = room.state
    if passed:
        return state.screening_list is not None and state.phase is not Phase.ENDED
    return state.reason is Reason.ENDED_BY_CLIENT
