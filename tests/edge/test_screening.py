"""P20: any yes stops; an answer reaches neither the journal, the partner nor the log."""

from __future__ import annotations

import pytest

from tests.support.app import SAME_SITE, Served, bearer, key_of, serve_app


async def _lobby(served: Served) -> tuple[str, dict[str, str], dict[str, str]]:
    made = await served.start()
    joined = (await served.join(key=key_of(made["invitation"]))).json()
    return made["room"], bearer(made["seat"]["token"]), bearer(joined["seat"]["token"])


async def test_a_yes_stops_and_reads_ended_by_client_and_is_nowhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serve_app() as served:
        room, client, partner = await _lobby(served)
        body = await served.screening()
        yes = next(iter(body["answers"]))
        body["answers"][yes] = True
        path = f"/api/rooms/{room}"
        answer = await served.http.post(f"{path}/screening", json=body, headers=client)
        assert answer.json() == {"outcome": "stop", "advice": [yes]}
        state = await served.http.get(path, headers=partner)
        assert state.json()["ended"] == {"reason": "ended_by_client"}
        journal = repr(await served.app.state.journal.read(room))
        captured = capsys.readouterr()
        for place in (state.text, journal, captured.out, captured.err):
            assert f"{yes!r}" not in place and f'"{yes}"' not in place
            assert "answers" not in place


async def test_a_slip_of_the_finger_ends_nothing_and_a_second_yes_does() -> None:
    async with serve_app() as served:
        room, client, _ = await _lobby(served)
        path, form = f"/room/{room}/client/screening", {"pregnancy": "yes", "some": "yes"}
        headers = client | SAME_SITE
        for more in ({}, {"hx-request": "true"}):
            asked = await served.http.post(path, data=form, headers=headers | more)
            assert "Is that so?" in asked.text and "Pregnancy" in asked.text
            state = await served.http.get(f"/api/rooms/{room}", headers=client)
            assert state.json()["phase"] == "lobby"
        told = await served.http.post(path, data=form | {"sure": "yes"}, headers=headers)
        assert "Not today" in told.text
        state = await served.http.get(f"/api/rooms/{room}", headers=client)
        assert state.json()["phase"] == "ended"


async def test_a_clinicians_yes_lets_it_go_on_and_puts_gentler_limits_on() -> None:
    async with serve_app() as served:
        room, client, _ = await _lobby(served)
        form = {"pregnancy": "yes", "cleared_pregnancy": "yes", "some": "yes"}
        path = f"/room/{room}/client/screening"
        answer = await served.http.post(path, data=form, headers=client | SAME_SITE)
        assert answer.status_code == 303
        state = (await served.http.get(f"/api/rooms/{room}", headers=client)).json()
        assert "screened" not in state["todo"] and state["gentle"] is True


async def test_who_ticks_nothing_has_the_usual_limits() -> None:
    async with serve_app() as served:
        room, client, _ = await _lobby(served)
        path = f"/room/{room}/client/screening"
        await served.http.post(path, data={"none": "yes"}, headers=client | SAME_SITE)
        state = (await served.http.get(f"/api/rooms/{room}", headers=client)).json()
        assert "screened" not in state["todo"] and state["gentle"] is False


async def test_a_missing_or_unknown_answer_is_told() -> None:
    async with serve_app() as served:
        room, client, _ = await _lobby(served)
        path = f"/api/rooms/{room}/screening"
        whole = await served.screening()
        some = dict(list(whole["answers"].items())[1:])
        for answers in (some, whole["answers"] | {"more": False}):
            body = whole | {"answers": answers}
            answer = await served.http.post(path, json=body, headers=client)
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
        passed = await served.http.post(path, json=whole, headers=client)
        assert passed.json() == {"outcome": "passed", "advice": []}
