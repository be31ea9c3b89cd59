"""A program that knows only the protocol goes door to door on a real server, and is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import ENDS_WITHIN_S, Served, serving, start

SHORT = {
    "items": [{"stretch": "hamstring_raise", "hold_s": 10, "reps": 1, "rest_s": 5}],
    "warm_up_s": 300,
}


async def test_door_to_door_with_an_ease_a_stop_and_a_pain(served: Served) -> None:
    client, partner = await pair(served.url, routine=SHORT)
    await drill(client, partner)
    await to_holding(client, partner)

    assert await client.ask("ease") == "done"
    eased = await partner.until_phase("eased")
    assert eased["timer"]["ends_ms"] is None
    assert await client.good() == "done"
    await partner.until_phase("holding")

    assert await client.ask("stop", id="the-stop") == "done"
    assert await partner.until(lambda m: m["type"] == "alert" and m["alert"] == "client:the-stop")
    assert await client.until(lambda m: m["type"] == "fate" and m["alert"] == "client:the-stop")
    stop = (await partner.until_phase("stopped"))["stop"]
    assert stop["options"] == ["again", "skip", "end"]
    assert await partner.ask("let_go", stop=stop["stop"]) == "done"
    await client.until_state(lambda state: "clear" in state["may"])
    assert await client.ask("clear", stop=stop["stop"], then="again") == "done"
    await client.until_phase("positioning")

    await to_holding(client, partner)
    assert await client.ask("pain", flag="f1") == "done"
    await client.until_phase("stopped")
    assert await partner.ask("let_go", stop=client.state["stop"]["stop"]) == "done"
    assert await client.ask("pain", flag="f1", quality="numb", place="calf_left") == "done"
    ended = await partner.until_phase("ended")
    assert ended["ended"] == {"reason": "signs"}

    async with httpx.AsyncClient(base_url=served.url) as http:
        bearer = {"Authorization": f"Bearer {client.token}"}
        record = (await http.get(f"/api/rooms/{client.room}/record", headers=bearer)).json()
    assert [hold["outcome"] for hold in record["holds"]] == ["stopped", "stopped"]
    assert record["flags"][0]["quality"] == "numb"
    for program in (client, partner):
        await program.close()


async def test_a_silent_phone_is_eased_and_comes_back_to_nothing_running(served: Served) -> None:
    client, partner = await pair(served.url, routine=SHORT)
    await drill(client, partner)
    await to_holding(client, partner)
    client.is_beating = False
    alert = await partner.until(lambda m: m["type"] == "alert" and m["kind"] == "contact")
    assert alert["by"] == "server"
    eased = await partner.until_phase("eased")
    assert (eased["cause"], eased["seats"]["client"]["link"]) == ("contact", "lost")
    client.is_beating = True
    await partner.until_state(lambda state: state["seats"]["client"]["link"] == "live")
    assert partner.state["phase"] == "eased"
    for program in (client, partner):
        await program.close()


async def test_a_server_killed_in_a_hold_comes_back_eased_with_seats_intact(
    tmp_path: Path,
) -> None:
    command = [*SERVE, "--data-dir", str(tmp_path / "data"), "--port"]
    with serving([*command, "0"]) as first:
        client, partner = await pair(first.url, routine=SHORT)
        await drill(client, partner)
        await to_holding(client, partner)
        before = client.state
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    port = first.url.rsplit(":", 1)[1]
    with serving([*command, port]) as second:
        for old in (client, partner):
            new = await Program(second.url, old.room, old.role, old.token).connect()
            assert new.state["phase"] == "eased"
            assert new.state["cause"] == "restarted"
            assert new.state["epoch"] == before["epoch"]
            assert new.state["seq"] > before["seq"]
            await new.close()
        code, _ = second.end()
        assert code == 0


async def test_told_to_end_it_waits_for_a_hold_to_be_brought_back_and_takes_nothing_that_adds_force(
    tmp_path: Path,
) -> None:
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path), "--drain-s", "60"]
    with serving(command) as served:
        client, partner = await pair(served.url)
        await drill(client, partner)
        await to_holding(client, partner)
        served.process.send_signal(signal.SIGTERM)
        told = await partner.until_state(lambda state: state["restarting"])
        assert told["phase"] == "holding"
        assert httpx.get(f"{served.url}/readyz").status_code == 503
        assert await client.ask("ease") == "done"
        assert await client.good() == "not_now"
        assert await client.ask("stop") == "done"
        told = await partner.until_state(lambda state: state["phase"] == "stopped")
        assert served.process.poll() is None
        assert await partner.ask("let_go", stop=told["stop"]["stop"]) == "done"
        _, said = await asyncio.to_thread(served.process.communicate, timeout=ENDS_WITHIN_S)
        assert served.process.returncode == 0
        assert "waiting_for_hands" in said
        for phone in (client, partner):
            await phone.close()
            assert phone.close_code == 1012


async def test_told_to_end_it_tells_every_room_and_in_none_a_hold_begins(tmp_path: Path) -> None:
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path), "--drain-s", "60"]
    with serving(command) as served:
        held, resting = await asyncio.gather(pair(served.url), pair(served.url))
        await asyncio.gather(drill(*held), drill(*resting))
        await to_holding(*held)
        client, partner = resting
        await partner.until_phase("positioning")
        assert await partner.ready() == "done"
        await client.until_state(lambda state: "ready" in state["may"])
        served.process.send_signal(signal.SIGTERM)
        for phone in (*held, *resting):
            told = await phone.until_state(lambda state: state["restarting"])
            assert not {"ready", "good", "clear"} & set(told["may"])
        assert await client.ready() == "not_now"
        assert client.state["phase"] == "positioning"
        served.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(served.process.communicate, timeout=ENDS_WITHIN_S)
        assert served.process.returncode == 0
        for phone in (*held, *resting):
            await phone.close()
            assert phone.close_code == 1012


async def test_told_to_end_before_it_is_ready_it_ends_without_a_fault(tmp_path: Path) -> None:
    for after_s in (0.0, 0.02, 0.05):
        folder = tmp_path / str(after_s)
        with start([*SERVE, "--port", "0", "--data-dir", str(folder)]) as process:
            async with asyncio.timeout(30):
                while not (folder / "saywhen.db").exists():
                    await asyncio.sleep(0.005)
            await asyncio.sleep(after_s)
            process.send_signal(signal.SIGTERM)
            _, said = await asyncio.to_thread(process.communicate, timeout=2 * ENDS_WITHIN_S)
            assert process.returncode == 0, (after_s, said)


@pytest.mark.parametrize("is_quick", [True, False])
async def test_told_twice_to_end_it_waits_for_nobody(tmp_path: Path, is_quick: bool) -> None:
    command = [*SERVE, "--port", "0", "--data-dir", str(tmp_path), "--drain-s", "60"]
    with serving(command) as served:
        client, partner = await pair(served.url)
        await drill(client, partner)
        await to_holding(client, partner)
        served.process.send_signal(signal.SIGTERM)
        if not is_quick:
            await partner.until_state(lambda state: state["restarting"])
        served.process.send_signal(signal.SIGINT)
        await asyncio.to_thread(served.process.communicate, timeout=ENDS_WITHIN_S)
        assert served.process.returncode == 0
        for phone in (client, partner):
            await phone.close()
            assert phone.close_code == 1012


async def test_an_older_program_reads_a_stretch_by_the_older_names(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as http:
        told = (await http.get("/api/stretches/spinal_twist")).json()
    assert told["way_down"] == told["way_back"] and len(told["way_back"]) >= 2
    assert told["partner_cues"] == told["holding_cues"] and len(told["holding_cues"]) >= 2
    assert told["come_out_s"] == told["way_back_s"] >= 6
