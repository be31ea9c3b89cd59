"""P18: nothing secret or personal is ever said in a log or in the metrics."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx

from tests.edge.test_summary import in_files
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.serving import serving

WRONG = ("BCDF99", "key-of-nobody-canary", "token-of-nobody-canary")
SHORT = {"items": [{"stretch": "figure_four", "hold_s": 11, "reps": 1}], "warm_up_s": 300}


async def test_a_whole_session_leaves_no_secret_in_logs_or_metrics(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [*SERVE, "--port", "0", "--data-dir", str(data)]
    with serving(command, SAYWHEN_LOG_LEVEL="debug", SAYWHEN_LOG_FORMAT="json") as served:
        canaries = [*WRONG, *await live(served.url)]
        async with httpx.AsyncClient(base_url=served.url) as http:
            metrics = (await http.get("/metrics")).text
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in data.iterdir()} == {0o600}
        assert b"knee_back_left" in in_files(data), "the canaries were real"
        code, said = served.end()
    assert code == 0 and "saywhen_rooms" in metrics
    for canary in canaries:
        assert canary not in said + metrics, canary


async def live(url: str) -> list[str]:
    """Pair by key and by code, answer, stop, flag a pain, be refused; gives all that is secret."""
    client, partner = await pair(url, routine=SHORT)
    await drill(client, partner)
    await to_holding(client, partner)
    assert await client.ask("pain", flag="flag-canary") == "done"
    detail = {"quality": "spreading", "place": "knee_back_left", "level": 7}
    assert await client.ask("pain", flag="flag-canary", **detail) == "done"
    assert await client.ask("good", phase_no="what-was-typed-canary") == "malformed"
    secrets = [client.room, client.token, partner.token, "flag-canary", "what-was-typed-canary"]
    async with httpx.AsyncClient(base_url=url) as http:
        secrets += await wrong_and_right(http)
        answers = {"list": "answer-canary", "answers": {"surgery": True}, "cleared": {}}
        await http.post(
            f"/api/rooms/{client.room}/screening",
            json=answers,
            headers={"Authorization": f"Bearer {client.token}"},
        )
    for program in (client, partner):
        await program.close()
    return [*secrets, "knee_back_left", "spreading", "answer-canary", "surgery", "127.0.0.1"]


async def wrong_and_right(http: httpx.AsyncClient) -> list[str]:
    await http.post("/api/join", json={"code": WRONG[0]})
    await http.post("/api/join", json={"key": WRONG[1]})
    made = (await http.post("/api/rooms", json={"role": "partner"})).json()
    wrong = {"Authorization": f"Bearer {WRONG[2]}"}
    assert (await http.get(f"/api/rooms/{made['room']}", headers=wrong)).status_code == 403
    host = await Program(
        str(http.base_url), made["room"], "partner", made["seat"]["token"]
    ).connect()
    knock = (await http.post("/api/join", json={"code": made["invitation"]["code"]})).json()
    assert await host.ask("admit", knock=knock["knock"]) == "done"
    seated = (await http.get(f"/api/knocks/{knock['knock']}")).json()
    await host.close()
    key = made["invitation"]["url"].split("#")[1]
    return [made["room"], made["invitation"]["code"], key, knock["knock"], seated["seat"]["token"]]
