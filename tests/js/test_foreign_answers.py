"""Foreign answers prove nothing: every status and body, at every place where a page decides."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
import quickjs

from app.config import ASSETS
from app.web.headers import HEADERS
from tests.support.js import Phone, call, context, named, told

JS = ASSETS / "static" / "js"
STATUSES = range(200, 600)
PROBLEM = "application/problem+json"
FOREIGN_BODIES = (
    ("text/html", "<html><title>Sign in</title>"),
    ("text/html", ""),
    ("application/json", "{}"),
    ("application/json", '{"status": "ok", "type": "state"}'),
    ("application/json", '{"code": "no_such_room", "status": 404}'),
    ("application/json", "null"),
    ("application/json", "{"),
    (PROBLEM, "{}"),
    (PROBLEM, "null"),
    (PROBLEM, '"text"'),
    (PROBLEM, '{"type": "about:blank", "title": "Not Found", "status": %d}'),
    (PROBLEM, '{"type": "https://proxy.example/e", "status": %d, "code": "not_found"}'),
    (PROBLEM, '{"type": "about:blank#no_such_room", "status": 1, "code": "no_such_room"}'),
    ("", ""),
    ("text/plain", "x" * 200_000),
)


def answers() -> quickjs.Context:
    """Return an engine with answer.js in it."""
    engine = quickjs.Context()
    engine.eval(re.sub(r"^export ", "", (JS / "answer.js").read_text(), flags=re.MULTILINE))
    return engine


def problem(code: str, status: int, **more: Any) -> dict[str, Any]:
    body = {"type": f"about:blank#{code}", "status": status, "code": code, **more}
    return {"status": status, "type": PROBLEM, "mark": "1", "text": json.dumps(body)}


def test_no_foreign_answer_of_any_status_is_ours() -> None:
    engine, tried = answers(), 0
    for status, (type_, text) in itertools.product(STATUSES, FOREIGN_BODIES):
        text = text % status if "%d" in text else text
        got = {"status": status, "type": type_, "mark": None, "text": text}
        assert call(engine, "judge", got)["kind"] == "foreign", (status, type_, text[:40])
        tried += 1
    assert tried == 400 * len(FOREIGN_BODIES)


def test_no_part_is_swapped_for_an_answer_without_our_mark() -> None:
    engine = answers()
    assert not any(call(engine, "is_part", None, status) for status in STATUSES)
    assert all(call(engine, "is_part", "1", status) for status in STATUSES)
    assert call(engine, "() => MARK") in HEADERS


def test_our_own_answers_are_ours_and_only_in_the_shape_that_was_asked_for() -> None:
    engine = answers()
    good = {"status": 200, "type": "application/json", "mark": "1", "text": '{"type":"state"}'}
    is_state = "(got) => judge(got, (body) => body?.type === 'state')"
    assert call(engine, is_state, good)["kind"] == "ours"
    for spoilt in ({"mark": None}, {"text": '{"type":"other"}'}, {"text": "{"}, {"status": 302}):
        assert call(engine, is_state, good | spoilt)["kind"] == "foreign", spoilt
    told_ = call(engine, "judge", problem("forbidden", 403, reason="seat_moved"))
    assert (told_["kind"], told_["code"], told_["reason"]) == ("ours", "forbidden", "seat_moved")
    unmarked = problem("no_such_room", 404) | {"mark": None}
    assert call(engine, "judge", unmarked)["code"] == "no_such_room"


def seen(answer: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    alone = {"is_online": True, "is_https": False, "clock_off_ms": None}
    return {"answer": answer, **alone, **more}


def none(kind: str = "none", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "code": None, "reason": None, **more}


def ours(code: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return none("ours", code=code, reason=reason)


def test_whatever_foreign_answers_meet_it_a_phone_in_a_hold_goes_on_trying() -> None:
    """The very way of the page: judged, then told to the link; nothing of it is final."""
    engine, phone = answers(), Phone()
    phone.connect(phase="holding")
    for status, (type_, text) in itertools.product(STATUSES, FOREIGN_BODIES[:12]):
        got = {"status": status, "type": type_, "mark": None, "text": text}
        phone.put("checked", found=seen(call(engine, "judge", got)))
    phone.put("closed", code=1006)
    assert phone.facts["gone"] == phone.facts["moved"] == "no"
    assert named(phone.wait(4_000), "open")
    phone.put("opened")
    phone.hear(**told(phone.now, phase="holding"))
    assert phone.facts["link"] == "live"


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        (ours("no_such_room"), "gone"),
        (ours("forbidden", "seat_moved"), "moved"),
        (ours("forbidden"), "moved"),
    ],
)
def test_only_the_server_itself_ends_a_link_and_a_tap_still_tries(
    answer: dict[str, Any], fact: str
) -> None:
    phone = Phone()
    phone.connect()
    phone.put("closed", code=1006)
    effects = phone.put("checked", found=seen(answer)) + phone.wait(5_000) + phone.put("wake")
    assert phone.facts[fact] == "yes" and not named(effects, "open")
    assert named(phone.put("reconnect"), "open") and phone.facts[fact] == "no"
    phone.put("opened")
    phone.hear(**told(phone.now))
    assert phone.facts["link"] == "live"


@pytest.mark.parametrize("code", [4404, 4409, 4426])
def test_a_close_code_counts_only_on_a_socket_that_has_proven_ours(code: int) -> None:
    phone = Phone()
    phone.connect()
    phone.put("closed", code=1006)
    phone.wait(100)
    phone.put("opened")
    phone.hear("hello", from_="a proxy")
    effects = phone.put("closed", code=code) + phone.wait(3_000)
    assert named(effects, "open") and not named(effects, "reload")
    phone.put("opened")
    phone.hear("bye", reason="moved")
    effects = phone.put("closed", code=code) + phone.wait(1_900)
    assert bool(named(effects, "open")) is (code == 4426)
    assert bool(named(effects, "reload")) is (code == 4426)


@pytest.mark.parametrize("before", ["final", "opening"])
def test_a_tap_on_reconnect_opens_a_socket_whatever_was_before(before: str) -> None:
    phone = Phone()
    phone.connect()
    if before == "final":
        phone.put("closed", code=4409)
    else:
        phone.put("wake")
    assert len(named(phone.put("reconnect"), "open")) == 1


def test_an_echo_of_its_own_beats_is_no_sign_of_life() -> None:
    phone = Phone()
    phone.connect(phase="holding")
    phone.put("closed", code=1006)
    phone.wait(100)
    phone.put("opened")
    for _ in range(30):
        phone.wait(100)
        phone.hear("beat", n=1, sent_ms=phone.now)
    assert phone.facts["lost"] == "yes" and phone.link["offset_ms"] == 0


def test_a_phone_without_contact_asks_over_http_again_and_again() -> None:
    phone = Phone()
    phone.connect(phase="holding")
    checks = 0
    for _ in range(40):
        checks += len(named(phone.put("closed", code=1006), "check"))
        phone.wait(1_000)
    assert checks == 10


def test_a_handshake_that_hangs_is_asked_about_at_once() -> None:
    phone = Phone()
    assert named(phone.wait(4_200), "check")


OFF = 3_600_000
ATTEMPT = "const attempt = (_, f, o) => { try { return f() ?? o } catch { return o } };"
TROUBLES: list[tuple[dict[str, Any], str]] = [
    ({"answer": None}, "none"),
    ({"answer": None, "is_restarting": True}, "restarting"),
    ({"answer": none()}, "unreachable"),
    ({"answer": none(), "is_online": False}, "offline"),
    ({"answer": none(), "is_https": True, "clock_off_ms": -OFF}, "clock"),
    ({"answer": none(), "is_https": True, "clock_off_ms": 2_000}, "unreachable"),
    ({"answer": none(), "clock_off_ms": OFF}, "unreachable"),
    ({"answer": none(), "is_restarting": True}, "restarting"),
    ({"answer": none("foreign")}, "foreign"),
    ({"answer": none("foreign"), "is_restarting": True}, "restarting"),
    ({"answer": ours()}, "no_sockets"),
    ({"answer": ours("no_such_room")}, "gone"),
    ({"answer": ours("forbidden", "seat_moved")}, "moved"),
    ({"answer": ours("forbidden", "no_cookie")}, "no_cookie"),
    ({"answer": ours("forbidden", "no_seat")}, "no_cookie"),
    ({"answer": ours("forbidden", "foreign_origin")}, "foreign_origin"),
    ({"answer": ours("restarting")}, "restarting"),
    ({"answer": ours("journal_down")}, "journal"),
    ({"answer": ours("error")}, "unwell"),
]


@pytest.mark.parametrize(("given", "trouble"), TROUBLES)
def test_each_reason_without_contact_is_told_apart(given: dict[str, Any], trouble: str) -> None:
    whole = seen(None, is_restarting=False) | given
    assert call(context(), "M.diagnose.diagnose", whole) == trouble


def test_every_trouble_has_its_words_on_the_page() -> None:
    page = (ASSETS / "templates/room/_trouble.html").read_text()
    worded = set(re.findall(r'data-show="trouble:(\w+)"', page))
    assert {t for _, t in TROUBLES} - {"none", "gone", "moved"} == worded - {"old_page"}


def test_a_socket_that_fails_once_more_after_http_was_well_is_what_is_wrong() -> None:
    phone = Phone()
    phone.put("tick")
    phone.put("closed", code=1006)
    phone.put("checked", found=seen(ours()))
    assert phone.facts["trouble"] == "none"
    phone.wait(3_000)
    phone.put("closed", code=1006)
    assert phone.facts["trouble"] == "no_sockets"
    phone.wait(3_000)
    phone.put("opened")
    phone.hear(**told(phone.now))
    assert phone.facts["trouble"] == "none"


def test_a_restart_is_told_as_one_while_nothing_answers() -> None:
    phone = Phone()
    phone.connect(phase="positioning")
    phone.hear("bye", reason="restarting")
    phone.put("closed", code=1012)
    phone.put("checked", found=seen(none("foreign")))
    assert phone.facts["trouble"] == "restarting"
    phone.wait(61_000, step_ms=1_000)
    assert phone.facts["trouble"] == "foreign"


def test_a_tap_that_the_disk_refuses_says_so() -> None:
    phone = Phone()
    phone.connect(phase="positioning", may=["ready"])
    phone.tap("ready", id="r1")
    phone.hear("refused", id="r1", reason="journal_down")
    assert phone.facts["trouble"] == "journal"


def test_a_page_loads_itself_anew_three_times_in_ten_minutes_at_most() -> None:
    text = (JS / "room" / "link" / "reload.js").read_text()
    recent = text[text.index("export function recent") : text.index("/** Reload this page")]
    engine = quickjs.Context()
    engine.eval("const WITHIN_MS = 600000;" + ATTEMPT)
    engine.eval(recent.replace("export ", ""))
    now = 10_000_000
    assert call(engine, "recent", None, now) == call(engine, "recent", "nonsense", now) == []
    assert call(engine, "recent", json.dumps([now - 700_000, now - 1, now + 9]), now) == [now - 1]
