"""The socket `control` in the data folder, by which `saywhen backup` asks a running server.

Only the server's own connection may read the live database. So the server makes a copy and answers
with its name, and the one who asked takes it from there. A connection has one request, and the copy
is removed when it ends. Whoever may open the socket (0600 in a 0700 folder) could read the journal
anyway.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import structlog
from fastapi import FastAPI

from app.errors import AppError, JournalUnavailable
from app.journal import backup as copies
from app.journal import folder as folders
from app.journal.folder import owning
from app.journal.sqlite import SqliteStore

__all__ = ["answering", "backup", "owning", "restore"]  # what app/serve.py needs of the folder

SOCKET = "control"
LONGEST_PATH = 100  # bytes; the kernel takes 107, others fewer
ASK = b"backup\n"
ANSWERS_WITHIN_S = 600  # a copy of the largest journal on the slowest card

log = structlog.get_logger()


@asynccontextmanager
async def answering(app: FastAPI) -> AsyncIterator[None]:
    """Answer on the socket while the server runs; do nothing for a journal in memory."""
    store, folder = app.state.journal, app.state.settings.data_dir
    if not isinstance(store, SqliteStore):
        yield
        return
    copies.sweep(folder)
    asked: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        asked.add(task)
        try:
            # The one who asked is gone or sends nonsense, or this server ends.
            with suppress(OSError, ValueError, asyncio.CancelledError):
                await _answer(store, folder, reader, writer)
        finally:
            writer.close()
            asked.discard(task)

    server = await asyncio.start_unix_server(answer, sock=_bound(folder))
    try:
        yield
    finally:
        server.close()
        for task in asked:
            task.cancel()
        (folder / SOCKET).unlink(missing_ok=True)


async def _answer(
    store: SqliteStore, folder: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if await reader.readline() != ASK:
        return
    copied = copies.new_copy(folder)
    try:
        told = await _copy(store, copied)
        writer.write(json.dumps(told).encode() + b"\n")
        await writer.drain()
        await reader.read()  # until the other one has taken it, or is gone
    finally:
        copies.remove(copied)


async def _copy(store: SqliteStore, copied: Path) -> dict[str, str]:
    bytes_needed = 2 * (copied.parent / folders.DATABASE).stat().st_size
    if shutil.disk_usage(copied.parent).free < bytes_needed:
        return {"failed": "There is too little room in the data folder for a copy."}
    try:
        await store.copy_into(copied)
    except AppError as e:
        log.warning("backup_failed", error=str(e))
        return {"failed": str(e)}
    log.info("backup_copied", bytes=copied.stat().st_size)
    return {"copy": copied.name}


def backup(folder: Path, into: Path) -> None:
    """Copy the journal of a folder into a new file, whether its server runs or not.

    Raises AppError, and leaves nothing half done.
    """
    try:
        copies.check_free(into)
        if not (folder / folders.DATABASE).exists():
            raise JournalUnavailable(f"There is no journal in the folder {str(folder)!r}.")
        with _copied(folder) as copied:
            copies.publish(copied, into)
    except OSError as e:
        raise JournalUnavailable(f"Can't write the backup {str(into)!r}: {e.strerror}.") from e


def restore(folder: Path, file: Path) -> copies.Restored:
    """Put a backup in place of a folder's journal, which is put aside.

    Raises AppError: FolderInUse where a server runs. The folder is then as it was.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with folders.occupy(folder):
            return copies.restore(file, folder)
    except OSError as e:
        raise JournalUnavailable(f"Can't restore into {str(folder)!r}: {e.strerror}.") from e


@contextmanager
def _copied(folder: Path) -> Iterator[Path]:
    try:
        with folders.occupy(folder) as file:
            copied = copies.copy_at_rest(file)
            try:
                yield copied
            finally:
                copies.remove(copied)
            return
    except folders.FolderInUse:
        pass
    with _asked(folder) as copied:
        yield copied


@contextmanager
def _asked(folder: Path) -> Iterator[Path]:
    """Ask the running server; its copy is there until the connection ends."""
    with socket.socket(socket.AF_UNIX) as server, server.makefile("rb") as answers:
        server.settimeout(ANSWERS_WITHIN_S)
        try:
            with _near(folder) as path:
                server.connect(path)
            server.sendall(ASK)
            told = json.loads(answers.readline() or b"{}")
        except OSError as e:
            raise JournalUnavailable(
                f"The server of the folder {str(folder)!r} doesn't answer ({e.strerror or e}). It "
                "starts or ends just now; try again."
            ) from e
        if "copy" not in told:
            raise JournalUnavailable(told.get("failed", "The server ended. Try again."))
        yield folder / told["copy"]


def _bound(folder: Path) -> socket.socket:
    """Make the socket anew: this process owns the folder, so an old one is a dead server's."""
    (folder / SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        with _near(folder) as path:
            listener.bind(path)
        os.chmod(folder / SOCKET, 0o600)  # before it listens
    except OSError as e:
        listener.close()
        raise JournalUnavailable(
            f"Can't make the socket {SOCKET!r} in the folder {str(folder)!r} ({e}). Choose a "
            "folder with a shorter path, on a disk that has sockets."
        ) from e
    return listener


@contextmanager
def _near(folder: Path) -> Iterator[str]:
    """Yield a path to the socket that the kernel accepts, however deep the folder is."""
    path = str(folder / SOCKET)
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)
