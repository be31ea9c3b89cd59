"""P25: what a phone says of the other one, in every combination of what can be known."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.support.js import Phone, call, context

LINKS = ("absent", "live", "weak", "lost")
NOW = 1_000_000
SAID = {"unknown", "shared", "absent", "coming", "here", "weak", "hidden", "silent", "gone"}


def test_every_combination_has_one_word_and_no_word_claims_too_much() -> None:
    js, seen = context(), set[str]()
    every = product(
        (True, False), (True, False), LINKS, (True, False), ("own", "none", "shared"),
        (None, NOW, NOW - 9_999, NOW - 10_000), (None, NOW, NOW - 3_249, NOW - 3_250),
    )  # fmt: skip
    for connected, taken, link, visible, phone, since_ms, heard_ms in every:
        seat = {"taken": taken, "link": link, "visible": visible, "phone": phone}
        by = {"is_connected": connected, "server_now": NOW, "heard_ms": heard_ms}
        said = call(js, "M.seats.how_is", {**seat, "silent_since_ms": since_ms}, by)
        seen.add(said)
        is_silent = heard_ms is not None and NOW - heard_ms >= 3_250
        case = (connected, taken, link, visible, phone, since_ms, heard_ms)
        assert (said == "unknown") is not connected, case
        if said in ("here", "weak", "hidden"):
            assert taken and link in ("live", "weak") and not is_silent, case
        assert (said == "here") <= visible, case
        if connected and phone != "shared":
            assert (said == "absent") is not taken, case
            assert (said == "coming") is (taken and link == "absent"), case
            is_gone = taken and link == "lost" and since_ms == NOW - 10_000
            assert (said == "gone") is is_gone, case
    assert seen == SAID


def told(phone: Phone, **seat: Any) -> dict[str, Any]:
    mine = {"taken": True, "link": "live", "ready": False, "visible": True, "sound": "on"}
    other = "partner" if phone.link["role"] == "client" else "client"
    seats = {"client": {**mine, "awake": True}, "partner": {**mine, "awake": True}}
    return {**seats, other: {**seats[other], **seat}}


@pytest.mark.parametrize("role", ["client", "partner"])
@pytest.mark.parametrize(
    "phase", ["lobby", "warming_up", "positioning", "holding", "resting", "stopped", "ended"]
)
def test_a_phone_that_is_not_connected_claims_nothing_of_the_other_within_3_5_s(
    role: str, phase: str
) -> None:
    phone = Phone(role)
    phone.connect(role=role, phase=phase, seats=told(phone))
    assert phone.facts["other"] == "here"
    phone.wait(2_000)  # the server is silent, though the socket looks open
    assert phone.facts["other"] == "unknown"
    phone.put("closed", code=1006)
    assert phone.facts["other"] == "unknown"


def test_a_server_that_can_t_write_is_found_out_by_what_it_heard_last() -> None:
    phone = Phone()
    phone.connect(phase="resting", seats=told(phone))
    for second in range(5):
        heard = phone.now - second * 1_000
        phone.hear("beat", n=second, sent_ms=phone.now, server_ms=phone.now, peer_ms=heard)
        assert phone.facts["other"] == ("silent" if second > 3 else "here"), second
        phone.now += 100


@pytest.mark.parametrize("role", ["host", "display"])
def test_who_looks_on_reads_of_each_phone(role: str) -> None:
    phone = Phone(role)
    seats = told(phone, link="lost", silent_since_ms=phone.now - 3_000)
    phone.connect(role=role, phase="resting", seats=seats, may=[])
    facts = phone.facts
    assert (facts["client_phone"], facts["partner_phone"], facts["other"]) == (
        "silent", "here", "none",
    )  # fmt: skip


@pytest.mark.parametrize("code", [4409, 4404])
def test_a_page_that_was_turned_out_is_quiet_and_shows_nothing_of_the_room(code: int) -> None:
    phone = Phone("partner")
    phone.connect(role="partner", phase="holding")
    phone.hear("bye", reason="moved" if code == 4409 else "gone")
    assert not [one for one in phone.put("closed", code=code) if one["type"] == "open"]
    assert not [one for one in phone.wait(10_000) if one["type"] in ("open", "send")]
    facts = phone.facts
    assert (facts["phase"], facts["severity"], facts["lost"]) == ("connecting", "ok", "no")
    assert "yes" in (facts["moved"], facts["gone"])
