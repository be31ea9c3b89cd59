"""P17: an event loop that is held up is noticed, told and counted."""

from __future__ import annotations

import re

import pytest
import structlog

from tests.support.app import Served, serve_app


async def figure(served: Served, name: str) -> float:
    metrics = (await served.http.get("/metrics")).text
    found = re.search(rf"^{name} (\S+)$", metrics, re.MULTILINE)
    assert found, metrics
    return float(found[1])


@pytest.mark.parametrize(("held_up_ms", "told"), [(0, 0), (250, 0), (251, 1), (4_000, 1)])
async def test_a_loop_held_up_over_250_ms_is_told_once_and_counted(
    held_up_ms: int, told: int
) -> None:
    async with serve_app() as served:
        await served.clock.pass_ms(1_000)
        with structlog.testing.capture_logs() as lines:
            served.clock.step_to(served.clock.now_ms() + 100 + held_up_ms)
            await served.clock.pass_ms(100)
        late = [line["late_ms"] for line in lines if line["event"] == "loop_lag"]
        assert late == [held_up_ms] * told
        assert await figure(served, "saywhen_loop_lags_total") == told
        assert await figure(served, "saywhen_loop_lag_seconds_count") >= 11
        worst = await figure(served, "saywhen_loop_lag_seconds_sum")
        assert worst == pytest.approx(held_up_ms / 1000)


async def test_the_tasks_of_the_loop_are_counted() -> None:
    async with serve_app() as served:
        assert await figure(served, "saywhen_tasks") >= 1
