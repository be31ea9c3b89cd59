"""P20: every combination of answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.config import ASSETS
from app.content.library import load_library
from app.core.safety import judge_screening

QUESTIONS = load_library(ASSETS / "content").safety.questions
IDS = [question.id for question in QUESTIONS]
CLEARABLE = [question.id for question in QUESTIONS if question.clearable]
Answers = dict[str, bool]


def every_answer() -> Iterator[Answers]:
    """Yield every combination of yes and no: 65,536 for 16 questions."""
    for chosen in itertools.product((False, True), repeat=len(IDS)):
        yield dict(zip(IDS, chosen, strict=True))


def judged_rightly(answers: Answers, cleared: Answers) -> None:
    stops = [id for id in IDS if answers[id] and not (id in CLEARABLE and cleared.get(id, False))]
    expected = ("stop" if stops else "passed", stops)
    assert judge_screening(QUESTIONS, answers, cleared) == expected


def test_every_yes_stops_unless_clearable_and_cleared() -> None:
    assert len(QUESTIONS) == 16
    everything, halves = dict.fromkeys(IDS, True), dict.fromkeys(IDS[::2], True)
    for answers in every_answer():
        for cleared in ({}, everything, halves):
            judged_rightly(answers, cleared)


def test_each_clearance_counts_for_its_own_question_alone() -> None:
    """With all that can be cleared ticked, every choice of clearances."""
    answers = {id: id in CLEARABLE for id in IDS}
    for chosen in itertools.product((False, True), repeat=len(CLEARABLE)):
        judged_rightly(answers, dict(zip(CLEARABLE, chosen, strict=True)))


def test_what_may_never_be_cleared_is_what_the_content_facts_say() -> None:
    never = {
        *("acute_injury", "nerve_signs", "dulled", "unwell"),
        *("osteoporosis", "surgery", "hypermobility", "blood_pressure"),
    }
    assert set(IDS) - set(CLEARABLE) == never
    assert {"hernia", "birth", "long_medicine", "replacement"} < set(CLEARABLE)
