"""One thread that owns the database connection and commits in groups.

Whatever is queued, from however many rooms, goes into one transaction and one fsync. Commits stand
at least `APART_S` apart, so that they are shared in a busy city; in a quiet one none has to wait.
Whatever is urgent was told before it came here. A job refuses before it changes anything, so that
one room's conflict never fails another's commit. The event loop never blocks: results come back by
one call_soon_threadsafe for each commit.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import JournalUnavailable

Work = Callable[[sqlite3.Connection], Any]
MAX_GROUP = 1_000
APART_S = 0.004  # at 500 signals a second this saves a sixth of the processor


@dataclass(slots=True)
class Job:
    """Work for the thread; `is_alone` runs outside any transaction."""

    work: Work
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    is_alone: bool
    outcome: Any = None
    problem: BaseException | None = None


class Writer:
    """The thread. `commits` counts transactions, for tests and metrics.

    `file` is the database's. Once it is deleted or replaced, SQLite would go on writing into a file
    without a name, and all of that would be gone with the process.
    """

    def __init__(
        self, connection: sqlite3.Connection, file: Path, apart_s: float = APART_S
    ) -> None:
        self._connection = connection
        self._file = file
        self._identity = _identity(file)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.commits = 0
        self._apart_s = apart_s
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    async def do(self, work: Work, *, is_alone: bool = False) -> Any:
        """Run `work` in the thread, and return its result once it is committed.

        Raises JournalUnavailable when the database fails, or what `work` itself raised.
        """
        loop = asyncio.get_running_loop()
        job = Job(work, loop, loop.create_future(), is_alone)
        self._jobs.put(job)
        return await job.future

    async def close(self) -> None:
        """Finish what is queued and close the connection."""
        self._jobs.put(None)
        self._is_closing.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_open = True
        while is_open:
            group: list[Job] = []
            job = self._jobs.get()
            while job is not None and not job.is_alone:
                group.append(job)
                if self._jobs.empty() or len(group) >= MAX_GROUP:
                    break
                job = self._jobs.get()
            if group:
                self._commit(group)
                self._is_closing.wait(self._apart_s)
            if job is None:
                is_open = False
            elif job.is_alone:
                self._alone(job)
        self._connection.close()

    def _commit(self, group: list[Job]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in group:
                self._one(job)
            if _identity(self._file) != self._identity:
                raise FileNotFoundError(f"{self._file.name} was deleted or replaced")
            self._connection.execute("COMMIT")
            self.commits += 1
        except (sqlite3.Error, OSError) as e:
            self._roll_back()
            for job in group:
                job.problem = _unavailable(e)
        _hand_back(group)

    def _one(self, job: Job) -> None:
        """Do one job of a group. Only a refusal before it changed anything is its own problem."""
        before = self._connection.total_changes
        try:
            job.outcome = job.work(self._connection)
        except sqlite3.Error:
            raise  # it is the whole group's problem
        except Exception as e:
            if self._connection.total_changes != before:
                raise sqlite3.IntegrityError(f"left half done: {e}") from e
            job.problem = e  # it is this job's alone: the thread must go on

    def _alone(self, job: Job) -> None:
        try:
            job.outcome = job.work(self._connection)
        except sqlite3.Error as e:
            self._roll_back()
            job.problem = _unavailable(e)
        except Exception as e:
            self._roll_back()
            job.problem = e
        _hand_back([job])

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _identity(file: Path) -> tuple[int, int]:
    found = os.stat(file)
    return found.st_dev, found.st_ino


def _unavailable(e: Exception) -> JournalUnavailable:
    unavailable = JournalUnavailable(f"the database does not take it: {e}")
    unavailable.__cause__ = e
    return unavailable


def _hand_back(group: list[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.problem is None:
            job.future.set_result(job.outcome)
        else:
            job.future.set_exception(job.problem)
