"""What happened stays what it was: an event carries its outcome, and no rule of today is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import app.core
from app.core import commands as c
from app.core import decide, effects, guards, phases, routine, safety, stops, stored, timing
from app.core import events as e
from app.core.evolve import replay
from app.core.model import SEATS, After, FlagId, Link, Phase, Quality, Role, RoomState, Wish
from app.errors import Refused
from tests.journal.golden.make import HERE, whole_session
from tests.support.session import FACTS, ROUTINE, Session

RULES = (decide, effects, guards, phases, routine, safety, stops, timing)
WRITERS = {"evolve": {"timing": {"hold_left_ms"}}, "seating": {}, "former": {}}
WORDS = {"events", "model", "former", "seating", "routine"}  # no rule is among them
LOGS = sorted(HERE.glob("*/*.jsonl"))


def constants(module: ModuleType) -> Iterator[str]:
    """Name what a rule may be changed by: its numbers, and the lists it asks."""
    for name, value in vars(module).items():
        if name.isupper() and len(name) > 1 and isinstance(value, int | frozenset | tuple):
            yield name


def spoil(patch: pytest.MonkeyPatch, module: ModuleType) -> None:
    """Make every constant of a module another one."""
    for name in constants(module):
        value: Any = getattr(module, name)
        patch.setattr(module, name, value + 1 if isinstance(value, int) else type(value)())


def painful() -> Session:
    """A session in which whatever a rule can decide is decided once."""
    s = Session()
    s.client(c.ChooseGentler(id=s.id(), on=True))
    s.client(c.ChooseRoutine(routine=ROUTINE, facts=tuple(FACTS.values())))
    s.to_resting()
    s.client(c.MakeWish(id=s.id(), next=Wish.SAME))
    s.presence(Role.PARTNER, Link.LOST)
    s.client(c.OnePhone(id=s.id()))
    s.presence(Role.PARTNER)
    for told in ((Quality.CRAMP,), (Quality.ACHE, Quality.SHARP), (Quality.NUMB,)):
        flag = FlagId(told[0])
        s.client(c.FlagPain(id=s.id(), flag=flag, qualities=told))
        s.stop(Role.PARTNER)
        s.client(c.FlagPain(id=s.id(), flag=flag, qualities=(*told, Quality.ACHE)))
        s.let_go()
        s.now_ms += 40_000
        if s.phase() is not Phase.ENDED:
            s.clear(After.SKIP if s.state.closed else After.AGAIN)
    assert s.phase() is Phase.ENDED and s.state.has_signs and s.state.closed
    return s


def written() -> dict[str, list[bytes]]:
    """Yield the logs of every release, and of today."""
    logs = {f"{log.parent.name} {log.stem}": log.read_bytes().splitlines() for log in LOGS}
    for phase in Phase:
        logs[f"now {phase}"] = [stored.encode(event) for event in Session().to(phase).log]
    for name, s in {"whole": whole_session(), "painful": painful()}.items():
        logs[f"now {name}"] = [stored.encode(event) for event in s.log]
    return logs


def states(logs: dict[str, list[bytes]]) -> dict[str, RoomState]:
    """Read and replay."""
    return {name: replay(map(stored.decode, log)) for name, log in logs.items()}


def test_a_changed_rule_changes_no_stored_session(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = written()
    before = states(logs)
    for module in RULES:
        spoil(monkeypatch, module)
    assert states(logs) == before
    with pytest.raises((AssertionError, Refused)):  # so the rules were changed
        painful()


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("CLOSING", frozenset()),
        ("SIGNS", frozenset()),
        ("CRAMPS", frozenset()),
        ("REST_AFTER_CRAMP_MS", 1),
        ("GRAVEST", tuple(reversed(stops.GRAVEST))),
    ],
)
def test_a_rule_of_pain_changes_what_is_decided_and_not_what_was(
    rule: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*qualities: Quality) -> Session:
        s = Session().to_holding()
        s.client(c.FlagPain(id=s.id(), flag=FlagId("f"), qualities=qualities))
        return s

    before = told(*Quality)
    monkeypatch.setattr(stops, rule, value)
    assert replay(before.log) == before.state
    assert told(*Quality).state != before.state


def test_what_writes_down_imports_no_rule() -> None:
    folder = Path(app.core.__path__[0])
    for name, allowed in WRITERS.items():
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not str(node.module).startswith("app."):
                continue
            taken = {alias.name for alias in node.names}
            module = str(node.module).removeprefix("app.core").lstrip(".")
            if module:
                assert module in WORDS or taken <= allowed.get(module, set()), (name, module)
            else:
                assert taken <= WORDS, (name, taken)


@pytest.mark.parametrize("role", SEATS)
def test_an_older_let_go_that_makes_no_sense_is_left_as_it_is(role: Role) -> None:
    log = [*Session().to(Phase.HOLDING).log, e.CameToRest(at_ms=1, by=role)]
    with pytest.raises(AssertionError):
        replay(log)
