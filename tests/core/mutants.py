"""The phase table, spoilt in one place: a row, a guard or an alert gone, a command in wrong hands.

The first step by which a spoilt table differs from the true one starts in a state that the true one
reaches too. So a mutant is tried in all of those, and one that is not caught must not differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.commands import Command
from app.core.model import SEATS, Phase, RoomState, Severity
from app.core.phases import TABLE, AnyRow
from app.core.safety import Tells
from tests.core.protocol_table import judge
from tests.core.ways import Asking, Rows, Watch, Ways, askings, by_command, take


@dataclass(frozen=True)
class Mutant:
    """A spoilt table, what was done to it, and where that can show."""

    name: str
    table: tuple[AnyRow, ...]
    command: type[Command]
    phases: frozenset[Phase]


def mutants() -> list[Mutant]:
    """Spoil the table in every way, one at a time."""
    return [mutant for number, row in enumerate(TABLE) for mutant in _of(number, row)]


def _of(number: int, row: AnyRow) -> Iterator[Mutant]:
    name = f"{row.command.__name__} -> {row.effect.__name__}"
    before, after = TABLE[:number], TABLE[number + 1 :]
    yield Mutant(f"{name}: no such row", (*before, *after), row.command, row.phases)
    for guard in row.guards:
        left = tuple(other for other in row.guards if other is not guard)
        table = (*before, replace(row, guards=left), *after)
        yield Mutant(f"{name}: not asked, {guard.name}", table, row.command, row.phases)
    if len(row.by) == 1 and row.by <= {*SEATS}:
        table = (*before, replace(row, by=frozenset(SEATS)), *after)
        yield Mutant(f"{name}: by both", table, row.command, row.phases)
    if row.tells is not None:
        spoilt = {"told nothing first": None, "told less": _less(row.tells)}
        for what, tells in spoilt.items():
            table = (*before, replace(row, tells=tells), *after)
            yield Mutant(f"{name}: {what}", table, row.command, row.phases)
    for phase in Phase:
        changed = row.phases ^ {phase}
        table = (*before, replace(row, phases=changed), *after)
        word = "not in" if phase in row.phases else "also in"
        yield Mutant(f"{name}: {word} {phase}", table, row.command, frozenset({phase}))


def _less(tells: Tells) -> Tells:
    """Spoil the alert of a row: its severity, whether it is one, whether it is a drill."""
    if tells.severity is Severity.OK:
        return replace(tells, is_drill=not tells.is_drill)
    return replace(tells, severity=Severity(tells.severity - 1))


@dataclass
class Ground:
    """The states that mutants are tried in, and what is asked there."""

    states: list[tuple[RoomState, Watch]]
    asked: list[Asking]

    def tries(self, mutant: Mutant) -> Iterator[tuple[RoomState, Watch, Asking]]:
        """Return where a mutant can show at all."""
        asked = [asking for asking in self.asked if type(asking.command) is mutant.command]
        for state, watch in self.states:
            if state.phase in mutant.phases:
                for asking in asked:
                    yield state, watch, asking


def ground(ways: Ways) -> Ground:
    """Try in all states that were found."""
    return Ground(list(ways.states()), askings(ways.base.routine))


def caught(mutant: Mutant, grounds: Iterable[Ground]) -> str | None:
    """Return what gives a mutant away, or None."""
    rows = by_command(mutant.table)
    for one in grounds:
        for state, watch, asking in one.tries(mutant):
            try:
                found = judge(take(state, watch, asking, rows))
            except Exception as error:  # decide trusts its table: a spoilt one may break it
                return f"raised {type(error).__name__}"
            if isinstance(found, str):
                return found
    return None


def differs(mutant: Mutant, grounds: Iterable[Ground]) -> bool:
    """Return whether a mutant decides anything otherwise than the true table, anywhere."""
    rows, true = by_command(mutant.table), by_command(TABLE)
    return any(
        _outcome(state, watch, asking, rows) != _outcome(state, watch, asking, true)
        for one in grounds
        for state, watch, asking in one.tries(mutant)
    )


def _outcome(state: RoomState, watch: Watch, asking: Asking, rows: Rows) -> Sequence[object]:
    step = take(state, watch, asking, rows)
    return step.alert, None if step.after is None else step.events
