"""The page's socket: what comes over it, and what the page says of itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
import quickjs

from app.protocol.constants import MOST_MESSAGE_BYTES
from app.protocol.wire import decode
from tests.support.js import call, program, told

BROWSER = """
const SOCKETS = [], SENT = [];
let FAULTS = 0, NOW = 1_000_000;
const location = { protocol: "http:", host: "mat" };
const performance = { timeOrigin: 0, now: () => NOW };
const document = { visibilityState: "visible", addEventListener() {} };
class WebSocket {
  constructor() { this.readyState = 1; SOCKETS.push(this); }
  send(text) { SENT.push(JSON.parse(text)); }
  close() {}
}
Date.now = () => NOW;
let SDP = "v=0";
class RTCPeerConnection {
  createDataChannel() { return {}; }
  async setLocalDescription() { this.localDescription = { sdp: SDP }; }
  close() {}
}
"""
PAGE = """
function safely(work, otherwise) {
  try { return work(); } catch { FAULTS += 1; return otherwise; }
}
const fails = () => { throw new Error("no part of this browser works"); };
const senses = { sound: () => "on", awake: () => true, faults: () => FAULTS };
const phone = M.phone.start_phone({
  room: "r", role: "client", safely, sense: senses, on_local() {},
});
const turn = (ms) => { NOW += ms; phone.turn(true); };
turn(0);
SOCKETS[0].onopen({});
"""


@pytest.fixture
def page() -> quickjs.Context:
    """A page whose socket is open, and that was told a state."""
    made = quickjs.Context()
    made.eval(BROWSER + program("phone") + PAGE)
    hear(made, json.dumps(told(1_000_000)))
    return made


def hear(page: quickjs.Context, text: str) -> None:
    page.eval(f"SOCKETS[0].onmessage({{ data: {json.dumps(text)} }})")


def beats(page: quickjs.Context) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = call(page, "() => SENT.filter((m) => m.type === 'beat')")
    return said


@pytest.mark.parametrize("text", ["null", "7", "[]", '"stop"', "{}", '{"type": null}'])
def test_json_that_is_no_message_of_ours_is_no_fault_of_the_page(
    page: quickjs.Context, text: str
) -> None:
    hear(page, text)
    assert page.eval("FAULTS") == 0


@pytest.mark.parametrize("chars", [5, 1_700, *range(1_760, 1_960, 20)])
def test_what_lays_the_direct_line_is_never_more_than_the_server_takes(chars: int) -> None:
    page = quickjs.Context()
    page.eval(BROWSER + program("phone") + PAGE + f"SDP = 'a'.repeat({chars}); turn(1_000);")
    seat = {"phone": "own", "taken": True, "link": "live"}
    hear(page, json.dumps(told(1_001_000, seats={"client": seat, "partner": seat})))
    page.eval("turn(100)")
    while page.execute_pending_job():
        pass
    said: list[str] = call(page, "() => SENT.map((m) => JSON.stringify(m))")
    assert all(len(one) <= MOST_MESSAGE_BYTES and decode(one) for one in said)
    assert any('"signal"' in one for one in said) == (chars <= 1_780)  # a smaller one does go


@pytest.mark.parametrize("part", ["sound", "awake"])
def test_a_page_that_can_not_ask_a_part_of_itself_still_tells_how_often_it_failed(
    page: quickjs.Context, part: str
) -> None:
    page.eval(f"senses.{part} = fails; turn(1_000); turn(1_000)")
    last = beats(page)[-1]
    assert last["faults"] >= 2
    assert last == {**last, "sound": "on", "awake": True, part: last[part]}
    assert last[part] == {"sound": "unknown", "awake": False}[part]


def test_a_tap_is_the_first_thing_that_shows_a_hold_over_after_a_page_stood_still() -> None:
    page = quickjs.Context()
    page.eval(BROWSER + program("phone") + PAGE)
    hear(page, json.dumps(told(1_000_000)))
    page.eval("NOW += 20_900")
    assert page.eval("phone.view().failsafe.over_no") is None
    page.eval("phone.tap('good')")
    assert page.eval("phone.view().failsafe.over_no") == 4
