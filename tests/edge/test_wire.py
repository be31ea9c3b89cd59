"""P14: whatever a phone says, reading it gives a message or a WireError."""

from __future__ import annotations

import contextlib
import json
import typing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import PhoneCommand, QuotingCommand
from app.errors import WireError
from app.protocol.from_phone import FromPhone
from app.protocol.wire import decode, schema

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
NAMED = st.fixed_dictionaries(
    {"type": st.sampled_from(["beat", "seen", "stop", "pain", "routine", "invite", "good"])},
    optional={"id": JSON, "n": JSON, "sent_ms": JSON, "phase_no": JSON, "routine": JSON},
)


def test_every_command_of_a_phone_comes_over_the_wire() -> None:
    kinds = {*PhoneCommand.__subclasses__(), *QuotingCommand.__subclasses__()} - {QuotingCommand}
    assert kinds <= {*typing.get_args(FromPhone)}


@given(st.text() | st.binary())
def test_no_text_breaks_the_reader(text: str | bytes) -> None:
    with contextlib.suppress(WireError):
        decode(text)


@given(NAMED | JSON)
def test_no_json_breaks_the_reader(message: Any) -> None:
    with contextlib.suppress(WireError):
        decode(json.dumps(message))


def test_the_schema_has_every_message() -> None:
    text = json.dumps(schema())
    for name in ("beat", "seen", "briefed", "routine", "admit", "turn_away", "invite", "ready",
                 "good", "ease", "stop", "pain", "let_go", "clear", "wish", "feel", "pause",
                 "skip", "end", "alert", "fate", "state", "done", "refused", "knock",
                 "invitation", "bye"):  # fmt: skip
        assert f'"{name}"' in text, name
