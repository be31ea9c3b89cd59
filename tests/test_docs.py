"""The pages for people say what the code says."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import msgspec

from app.core import timing
from app.protocol import constants as shared
from app.protocol import from_phone
from app.protocol import to_phone as m

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text(encoding="utf-8")


def _tag(message: type) -> str:
    return str(message.__struct_config__.tag)  # type: ignore[attr-defined]


def test_every_message_is_on_the_page_of_the_protocol() -> None:
    for message in (*typing.get_args(from_phone.FromPhone), *typing.get_args(m.Message)):
        assert f"`{_tag(message)}`" in PROTOCOL, _tag(message)


def test_every_field_of_every_message_is_on_the_page_of_the_protocol() -> None:
    told = [m.StateTold, m.Step, m.TimerTold, m.StopTold, m.SeatTold, m.DrillTold, m.AlertTold]
    for message in (*told, *typing.get_args(from_phone.FromPhone)):
        for field in msgspec.structs.fields(message):
            assert re.search(rf"\b{field.encode_name}\b", PROTOCOL), f"{message}: {field.name}"


def test_the_page_tells_the_constants_of_time() -> None:
    line = next(line for line in PROTOCOL.splitlines() if line.startswith("Timing constants"))
    for ms in (
        shared.BEAT_MS,
        shared.BEAT_HANDS_ON_MS,
        shared.WEAK_AFTER_MS,
        shared.LOST_AFTER_MS,
        shared.WAY_BACK_AFTER_MS,
        shared.SHOWN_WITHIN_MS,
        timing.ALERT_AGAIN_MS,
    ):
        assert f"{ms / 1000:g}" in line


def test_every_hazard_names_a_test_that_there_is() -> None:
    rows = (DOCS / "hazards.md").read_text(encoding="utf-8").splitlines()
    hazards = [row for row in rows if row.startswith("| ") and not row.startswith("| hazard")]
    assert len(hazards) >= 40
    for row in hazards:
        assert named_tests(row.split("|")[-2]), row


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert pages <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def named_tests(text: str) -> list[str]:
    """Return the tests that a text names; each must be there."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", text)
    for file, test in named:
        assert f"def {test}(" in (TESTS / file).read_text(encoding="utf-8"), test
    return [test for _, test in named]


def test_whatever_holds_an_attacker_off_names_its_test() -> None:
    text = (DOCS / "threat-model.md").read_text(encoding="utf-8")
    assert len(named_tests(text)) >= 10
