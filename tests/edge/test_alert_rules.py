"""The alert rules that we ship ask for what the server counts, and it counts what happens."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from tests.support.program import drill, pair, to_holding
from tests.support.serving import Served

RULES = Path(__file__).parents[2] / "docs" / "deploy" / "alerts.yml"


async def told(served: Served) -> str:
    async with httpx.AsyncClient(base_url=served.url) as http:
        return (await http.get("/metrics")).text


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_every_alert_rule_asks_for_something_the_server_counts(served: Served) -> None:
    asked = set(re.findall(r"saywhen_\w+", RULES.read_text()))
    assert len(asked) >= 5
    client, partner = await pair(served.url)
    await drill(client, partner)
    text = await told(served)
    assert [name for name in sorted(asked) if not re.search(rf"^{name}[ {{]", text, re.M)] == []
    for phone in (client, partner):
        await phone.close()


async def test_a_stop_and_its_commit_are_counted(served: Served) -> None:
    client, partner = await pair(served.url)
    await drill(client, partner)
    await to_holding(client, partner)
    shown, commits = (
        'saywhen_alert_shown_seconds_count{kind="stop"}',
        "saywhen_commit_seconds_count",
    )
    before = await told(served)
    assert await client.ask("stop") == "done"
    await client.until(lambda m: m["type"] == "fate")
    after = await told(served)
    assert figure(after, shown) == figure(before, shown) + 1
    assert figure(after, commits) > figure(before, commits)
    assert figure(after, "saywhen_journal_failures_total") == 0
    for phone in (client, partner):
        await phone.close()
