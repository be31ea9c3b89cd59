"""What phones share with the server, as the script they load: numbers and lists of phases.

Its types are static/js/room/constants.d.ts; tests read the same script.
"""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet

from app.core.model import HANDS_ON, Phase
from app.core.phases import FORCE, PUSHING
from app.protocol import constants as shared

NAME = "js/room/constants.js"
PHASES: dict[str, AbstractSet[Phase]] = {
    "HANDS_ON": HANDS_ON,
    "PUSHING": PUSHING,
    "FORCE": FORCE,
    "HANDS_OFF": frozenset(Phase) - HANDS_ON - {Phase.STOPPED},
    "BEFORE_STRETCHES": frozenset({Phase.LOBBY, Phase.WARMING_UP}),
}


def values() -> dict[str, int | list[str]]:
    """Return every constant by its name; a list of phases in the order in which they come."""
    numbers = {name: value for name, value in vars(shared).items() if isinstance(value, int)}
    return numbers | {name: [p for p in Phase if p in some] for name, some in PHASES.items()}


def script() -> str:
    """Return the module that phones load."""
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in values().items()]
    return "\n".join(lines) + "\n"
