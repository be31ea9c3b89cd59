"""P14: what a phone says is one of our messages or a WireError, and no message breaks a room.

Valid messages are made from the JSON Schema that the project ships, then spoilt.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st

from app.config import ASSETS, Settings
from app.content.library import load_library
from app.core import commands as c
from app.core.evolve import replay
from app.core.model import SEATS, Cause, CommandId, Phase, Role, RoomId
from app.errors import WireError
from app.hub.outbox import Outbox
from app.hub.room import Room
from app.hub.rooms import Rooms
from app.journal.memory import MemoryStore
from app.live.desk import Desk
from app.pairing.seats import Seats
from app.protocol import from_phone, wire
from tests.support.app import ORIGIN
from tests.support.clock import ManualClock, settle
from tests.support.proof import LONG, proof
from tests.support.session import Session

EXAMPLES = 400 * min(LONG, 50)
LIVES = 330 * min(LONG, 20)  # sessions that are spoken to
OURS = get_args(from_phone.FromPhone)
SCHEMA = wire.schema()
LIBRARY = load_library(ASSETS / "content")
ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
BOUNDS = {"minimum": "min_value", "maximum": "max_value"}
FUZZED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Stage.generate, Stage.shrink),
)


def of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Make what a schema describes; only what our own messages use of JSON Schema."""
    if "$ref" in schema:
        return of(SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return st.one_of([of(one) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            fields = {name: of(one) for name, one in schema["properties"].items()}
            needed = {name: fields.pop(name) for name in schema.get("required", ())}
            return st.fixed_dictionaries(needed, optional=fields)
        case "array":
            least, most = schema.get("minItems", 0), schema.get("maxItems")
            return st.lists(of(schema["items"]), min_size=least, max_size=most)
        case "string" if "pattern" in schema:
            return st.from_regex(ID, fullmatch=True, alphabet=st.characters(codec="ascii"))
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength"))
        case "integer":
            return st.integers(**{BOUNDS[k]: v for k, v in schema.items() if k in BOUNDS}).filter(
                lambda n: -(2**63) <= n < 2**63
            )
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"what is a {schema}?")


VALID = of(SCHEMA["from_phone"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good message with a field changed, lost, added or doubled, or with bytes torn."""
    message: dict[str, Any] = dict(draw(VALID))
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from([*message, "type", "id", "more"]))
        if draw(st.booleans()):
            message.pop(name, None)
        else:
            message[name] = draw(JSON)
    text = bytearray(json.dumps(message, ensure_ascii=draw(st.booleans())).encode(errors="replace"))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        torn = draw(st.binary(max_size=3) | st.sampled_from([b"{", b"[" * 900, b'"', b"\\ud800"]))
        text[at : at + draw(st.integers(0, 4))] = torn
    return bytes(text)


def check_read(text: str | bytes) -> bool:
    """Read it; return whether it was one of ours. Anything but a message or a WireError fails."""
    try:
        message = wire.decode(text)
    except WireError as problem:
        assert problem.code == "malformed"
        assert problem.id is None or ID.fullmatch(problem.id)
        return False
    assert type(message) in OURS
    assert wire.decode(msgspec.json.encode(message)) == message
    return True


@pytest.mark.prove
def test_every_text_is_a_message_of_ours_or_a_wire_error() -> None:
    with proof("P14", "texts: any, and our messages spoilt; read as something else") as p:
        read: set[bool] = set()

        @settings(FUZZED, max_examples=EXAMPLES)
        @given(spoilt() | st.binary(max_size=300) | st.text(max_size=300) | JSON.map(json.dumps))
        def ask(text: str | bytes) -> None:
            read.add(check_read(text))
            p.trial()

        ask()
        assert read == {True, False}


@pytest.mark.prove
def test_what_the_schema_describes_is_read_and_written_back_the_same() -> None:
    with proof("P14", "messages made from the schema; not read, or not the same again") as p:
        for one in SCHEMA["from_phone"]["anyOf"]:

            @settings(FUZZED, max_examples=EXAMPLES // len(OURS))
            @given(of(one))
            def ask(message: dict[str, Any]) -> None:
                text = json.dumps(message)
                assert check_read(text), text
                again = json.loads(msgspec.json.encode(wire.decode(text)))
                for name, value in message.items():
                    assert again[name] == value or isinstance(value, list | dict), name
                p.trial()

            ask()


class Live:
    """A room in the midst of a session, with a desk for each phone and a third for a laptop."""

    def __init__(self, store: MemoryStore, clock: ManualClock, room: Room) -> None:
        self.room, self.clock = room, clock
        self.failed = 0
        rooms = Rooms(store, clock, LIBRARY)
        seats = Seats(rooms, store, clock, Settings(), LIBRARY.words)
        self.outboxes: dict[Role, Outbox] = {role: room.attach(role) for role in Role}
        self.desks = {
            role: Desk(room, role, outbox, rooms, seats, clock, ORIGIN)
            for role, outbox in self.outboxes.items()
        }
        real = room.fail

        def fail() -> None:
            self.failed += 1
            real()

        room.fail = fail  # type: ignore[method-assign]

    @classmethod
    async def at(cls, phase: Phase) -> Live:
        log = Session().to(phase).log
        store = MemoryStore()
        await store.append(RoomId("room"), 0, log)
        clock = ManualClock(log[-1].at_ms + 100)
        live = cls(store, clock, Room(replay(log), store, clock))
        for role in SEATS:
            live.room.beat(role, 1, 1, True, "on", True)
        await settle()
        return live

    async def say(self, role: Role, text: str | bytes) -> None:
        try:
            self.desks[role].read(text)
        except WireError as problem:
            self.desks[role].refuse(problem)
        await self.clock.pass_ms(60)
        for outbox in self.outboxes.values():
            while (message := outbox.take()) is not None:
                assert json.loads(wire.encode(message))["type"]

    async def is_well(self) -> None:
        """No error has stopped it, and a stop still does what a stop does."""
        assert self.failed == 0
        assert self.room.state.stop is None or self.room.state.stop.cause is not Cause.ERROR
        ended = self.room.state.phase is Phase.ENDED
        answer = self.room.ask(c.Stop(id=CommandId("after-all")), Role.CLIENT)
        await settle()
        assert answer.done()
        assert ended == (answer.exception() is not None), answer.exception()


def about(state: Any, message: dict[str, Any]) -> dict[str, Any]:
    """Let a message quote what a phone of this room would quote, so that it does something."""
    stop = state.stop.stop if state.stop else None
    alert = state.drill.alert if state.drill else None
    known = {"phase_no": state.phase_no, "stop": stop, "alert": alert, "place": "calf_left"}
    return message | {name: known[name] for name in message if known.get(name) is not None}


async def converse(phase: Phase, said: list[tuple[Role, Any, bool]]) -> None:
    live = await Live.at(phase)
    assert live.room.state.phase is phase
    for role, message, is_apt in said:
        if isinstance(message, dict):
            message = json.dumps(about(live.room.state, message) if is_apt else message)
        await live.say(role, message)
    await live.is_well()


@pytest.mark.prove
def test_no_messages_break_a_live_room() -> None:
    one = st.tuples(st.sampled_from(list(Role)[:3]), VALID | spoilt(), st.booleans())
    with proof("P14", "messages to rooms in every phase, right, spoilt and foreign; broken") as p:
        for phase in Phase:

            @settings(FUZZED, max_examples=LIVES // len(Phase))
            @given(st.just(phase), st.lists(one, min_size=5, max_size=25))
            def ask(phase: Phase, said: list[tuple[Role, Any, bool]]) -> None:
                asyncio.run(converse(phase, said))
                p.trial(times=len(said))

            ask()


def test_the_schema_leaves_no_message_out() -> None:
    described = {ref["$ref"].rsplit("/", 1)[1] for ref in SCHEMA["from_phone"]["anyOf"]}
    assert described == {one.__name__ for one in OURS}
