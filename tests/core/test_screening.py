"""P20: every combination of answers."""

from __future__ import annotations

import itertools

from app.config import ASSETS
from app.content import load_library
from app.core.safety import judge_screening

QUESTIONS = load_library(ASSETS / "content").safety.questions


def test_every_yes_stops_unless_clearable_and_cleared() -> None:
    states = [(False, False), (True, False), (True, True)]
    assert len(QUESTIONS) == 12
    for chosen in itertools.product(states, repeat=len(QUESTIONS)):
        answers = {q.id: c[0] for q, c in zip(QUESTIONS, chosen, strict=True)}
        cleared = {q.id: c[1] for q, c in zip(QUESTIONS, chosen, strict=True)}
        stops = [q.id for q in QUESTIONS if answers[q.id] and not (q.clearable and cleared[q.id])]
        expected = ("stop" if stops else "passed", stops)
        assert judge_screening(QUESTIONS, answers, cleared) == expected
