"""P16 without a disk of one's own: every write fails, or somebody has deleted the journal."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.test_bad_disks import SHORT, is_told, signals_go_through, status
from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import LONG, proof
from tests.support.serving import Served, serving

ROUNDS = 1 if LONG == 1 else 20


@contextmanager
def failing_writes(served: Served) -> Iterator[None]:
    """Every write of the server to a file fails, from wherever it had come to: an I/O error."""
    pid, kind = served.process.pid, resource.RLIMIT_FSIZE
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, before)


async def laid(served: Served) -> tuple[Program, Program]:
    client, partner = await pair(served.url, routine=SHORT)
    await drill(client, partner)
    return client, partner


async def adds_no_force(served: Served, client: Program) -> None:
    assert await client.good() == "journal_down"
    assert await status(served.url, "/readyz") == 503
    assert await status(served.url, "/healthz") == 200


@pytest.mark.prove
async def test_on_a_disk_that_fails_each_write_signals_go_through(tmp_path: Path) -> None:
    with (
        serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path)]) as served,
        proof("P16", "ease, stop and pain while each write fails, then the record") as p16,
    ):
        client, partner = await laid(served)
        for number in range(ROUNDS):
            await to_holding(client, partner)
            with failing_writes(served):
                await adds_no_force(served, client)
                await signals_go_through(client, partner, number)
                await adds_no_force(served, client)
            p16.trial(times=3)
            await is_told(served.url, client, partner, number)
        assert served.process.poll() is None
        for program in (client, partner):
            await program.close()


async def test_a_deleted_journal_is_a_journal_that_is_down(tmp_path: Path) -> None:
    """A write that would be lost with the process is not acknowledged."""
    data = tmp_path / "data"
    with serving([*SERVE, "--port", "0", "--data-dir", str(data)]) as served:
        client, partner = await laid(served)
        await to_holding(client, partner)
        shutil.rmtree(data)
        try:
            await adds_no_force(served, client)
            await signals_go_through(client, partner, 0)
        finally:
            for program in (client, partner):
                await program.close()
