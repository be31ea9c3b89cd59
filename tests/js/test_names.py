"""The page and its code agree on names: facts, slots, spoken words, commands."""

from __future__ import annotations

import re

import msgspec
import pytest

from app.config import ASSETS
from app.protocol.wire import decode
from tests.support.js import Phone, script, sent

TEMPLATES = "\n".join(p.read_text() for p in sorted((ASSETS / "templates/room").rglob("*.html")))
CONDITION = re.compile(r'data-(?:show|tick|pressed|first)="([^"]*)"')


def test_every_fact_and_slot_of_the_templates_is_given() -> None:
    phone = Phone()
    phone.connect()
    picture = phone.picture
    plain = re.sub(r"(?s){%.*?%}", "", re.sub(r"(?s){{.*?}}", "VALUE", TEMPLATES))
    text = " ".join(CONDITION.findall(plain))
    asked = {part.split(":")[0] for part in text.split()} - {"VALUE"}
    assert len(asked) > 20
    given = list(picture["facts"])
    for name in asked:  # some are made in a loop
        assert any(re.fullmatch(name.replace("VALUE", r"\w+"), fact) for fact in given), name
    slots = set(re.findall(r'data-slot="(\w+)"', TEMPLATES))
    assert slots and slots - set(picture["slots"]) == set()


def test_every_word_that_a_cue_asks_for_is_on_the_page() -> None:
    text = script("cues").read_text()
    said = set(re.findall(r'(?:key: |state\(|stop_cue\(|\bkey = .*? [?:] |[123]: )"(\w+)"', text))
    assert {"stop", "contact", "say_stop", "three", "ended", "good"} <= said
    assert said - set(re.findall(r'data-say="(\w+)"', TEMPLATES)) == set()


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("stop", {}), ("ease", {}), ("pain", {}), ("pain", {"toggle": "numb"}),
        ("pain", {"place": "calf_left"}), ("ready", {}), ("good", {}), ("let_go", {}),
        ("clear", {"then": "skip"}), ("wish", {"next": "less"}), ("feel", {"place": "calf_left"}),
        ("gentler", {}), ("pause", {}), ("skip", {}), ("end", {}), ("briefed", {}), ("invite", {}),
        ("admit", {}), ("turn_away", {}), ("invite", {"role": "display"}), ("display_off", {}),
    ],
)  # fmt: skip
def test_what_a_tap_sends_is_what_the_server_reads(command: str, fields: dict[str, str]) -> None:
    phone = Phone()
    phone.connect()
    (message,) = sent(phone.tap(command, **fields), command)
    assert decode(msgspec.json.encode(message)) is not None
