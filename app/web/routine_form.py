"""A routine as people choose it: from a form, and as this browser remembers it for the next time.

`first_time` is a preset; `hamstring_raise.20.2-knees_to_chest.25.3` is one's own (seconds, reps).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.content.library import Library
from app.core.model import Routine
from app.errors import WireError
from app.protocol import from_phone

DEFAULT_HOLD_S, DEFAULT_REPS = 20, 2
OWN = re.compile(r"\A[a-z][a-z0-9_]{0,40}\.\d{2}\.\d(-[a-z][a-z0-9_]{0,40}\.\d{2}\.\d){0,11}\Z")


@dataclass(frozen=True, slots=True)
class Choice:
    """One stretch in the form; numbers are kept as typed, right or wrong."""

    stretch: str
    is_chosen: bool
    hold_s: str = str(DEFAULT_HOLD_S)
    reps: str = str(DEFAULT_REPS)


def first_choices(library: Library, chosen: str | None) -> list[Choice]:
    """Return the form before anybody touched it: the one stretch that was asked for, else all."""
    is_one = chosen in library.stretches
    return [Choice(id, id == chosen or not is_one) for id in library.stretches]


def chosen_in(routine: Routine, library: Library) -> list[Choice]:
    """Return the form as it stands for a routine; of a stretch that it has twice, the first."""
    items = {str(item.stretch): item for item in reversed(routine.items)}
    return [
        Choice(id, True, str(items[id].hold_s), str(items[id].reps))
        if id in items
        else Choice(id, False)
        for id in library.stretches
    ]


def choices_of(form: Mapping[str, Any], ticked: list[str], library: Library) -> list[Choice]:
    """Read the form back as it was sent."""
    return [
        Choice(
            id,
            id in ticked,
            str(form.get(f"hold_{id}", DEFAULT_HOLD_S))[:3],
            str(form.get(f"reps_{id}", DEFAULT_REPS))[:2],
        )
        for id in library.stretches
    ]


def routine_in(choices: list[Choice]) -> Routine:
    """Return the routine that is chosen; raises WireError if a number is out of bounds."""
    items = [_item(choice) for choice in choices if choice.is_chosen]
    return from_phone.read_routine({"items": items})


def _item(choice: Choice) -> dict[str, Any]:
    if not (choice.hold_s.isdecimal() and choice.reps.isdecimal()):
        raise WireError("Seconds and times are whole numbers.")
    return {"stretch": choice.stretch, "hold_s": int(choice.hold_s), "reps": int(choice.reps)}


def remembered(routine: Routine, library: Library) -> str:
    """Return a routine as a cookie holds it."""
    for preset in library.presets.values():
        if preset.routine == routine:
            return preset.id
    return "-".join(f"{item.stretch}.{item.hold_s}.{item.reps}" for item in routine.items)


def recalled(text: str, library: Library) -> Routine | None:
    """Return the routine that `remembered` wrote, or None if it is no routine any more."""
    if text in library.presets:
        return library.presets[text].routine
    if not OWN.match(text):
        return None
    parts = [one.split(".") for one in text.split("-")]
    if any(stretch not in library.stretches for stretch, _, _ in parts):
        return None
    try:
        return routine_in([Choice(stretch, True, hold, reps) for stretch, hold, reps in parts])
    except WireError:
        return None
