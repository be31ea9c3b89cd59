"""From a routine to the flat list of its holds, and its honest length.

Source: docs/protocol.md, "A routine". All reps of one side, then the other; a change of side or
stretch gets at least 20 s of rest, because people have to walk round.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from app.core.model import Hold, Routine, RoutineItem, Side, StretchFacts, StretchId

REST_AT_CHANGE_MS = 20_000
EASING_IN_COUNTED_MS = 10_000


def unfold(
    routine: Routine,
    facts: Mapping[StretchId, StretchFacts],
    rest_at_change_ms: int = REST_AT_CHANGE_MS,
) -> tuple[Hold, ...]:
    """List the holds of a routine in order; `facts` must know every stretch (KeyError).

    `rest_at_change_ms` is the least rest before another side or stretch.
    """
    holds = [
        hold
        for number, item in enumerate(routine.items)
        for hold in _holds_of(number, item, facts[item.stretch])
    ]
    indexed = [replace(hold, index=index) for index, hold in enumerate(holds)]
    return tuple(
        _with_rest(hold, following, rest_at_change_ms)
        for hold, following in zip(indexed, [*indexed[1:], None], strict=True)
    )


def items_json(routine: Routine) -> list[dict[str, str | int]]:
    """Return a routine's items as programs read and send them: docs/protocol.md, "A routine"."""
    return [
        {
            "stretch": item.stretch,
            "hold_s": item.hold_s,
            "reps": item.reps,
            "rest_s": item.rest_s,
            "first_side": item.first_side.value,
        }
        for item in routine.items
    ]


def total_ms(routine: Routine, facts: Mapping[StretchId, StretchFacts]) -> int:
    """Return how long a routine takes (ms): warm-up, easing in at 10 s a hold, ways back, rests."""
    plan = unfold(routine, facts)
    holding = sum(h.hold_ms + h.way_back_ms + h.rest_ms + EASING_IN_COUNTED_MS for h in plan)
    return routine.warm_up_s * 1000 + holding


def _holds_of(number: int, item: RoutineItem, facts: StretchFacts) -> list[Hold]:
    return [
        Hold(
            index=0,
            item=number,
            stretch=item.stretch,
            side=side,
            rep=rep,
            reps=item.reps,
            hold_ms=item.hold_s * 1000,
            rest_ms=item.rest_s * 1000,
            way_back_ms=facts.way_back_ms,
            expected=facts.expected.get(side, frozenset()),
        )
        for side in _sides(item, facts)
        for rep in range(1, item.reps + 1)
    ]


def _sides(item: RoutineItem, facts: StretchFacts) -> tuple[Side, ...]:
    if not facts.sided:
        return (Side.BOTH,)
    if item.first_side is Side.RIGHT:
        return (Side.RIGHT, Side.LEFT)
    return (Side.LEFT, Side.RIGHT)


def _with_rest(hold: Hold, following: Hold | None, at_change_ms: int) -> Hold:
    changes = following is not None and (following.item, following.side) != (hold.item, hold.side)
    return replace(hold, rest_ms=max(hold.rest_ms, at_change_ms)) if changes else hold
