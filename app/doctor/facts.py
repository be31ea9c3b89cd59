"""Looks around this machine. Changes nothing that stays, and leaves open what can't be known."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from app.clock import Clock
from app.config import Settings
from app.doctor.checks import Certificate, Facts
from app.doctor.public import MARK, look_at
from app.errors import AppError
from app.https.certificates import ends_ms, names_of
from app.journal.damage import examine
from app.journal.folder import FolderInUse, occupy

ANSWERS_WITHIN_S = 2
SYNCS = 20  # the clock counts whole milliseconds
PAGE = b"\0" * 4096


def gather(settings: Settings, address: str, clock: Clock) -> Facts:
    """Look at everything; `address` is where phones reach this machine."""
    folder = settings.data_dir
    is_writable, sync_ms = _writes(_nearest(folder), clock)
    return Facts(
        host=settings.host,
        address=address,
        port=settings.port,
        answers=who_answers(address, settings.port),
        firewalls=firewalls(settings.port),
        is_https=settings.is_https,
        certificate=_certificate(folder / "https" / "server.pem"),
        now_ms=clock.now_ms(),
        newest_ms=_newest_ms(folder),
        is_synchronised=_is_synchronised(),
        is_writable=is_writable,
        free_bytes=shutil.disk_usage(_nearest(folder)).free,
        sync_ms=sync_ms,
        journal=_journal(folder),
        sockets=_sockets(),
        public=look_at(settings.public_url) if settings.public_url else None,
    )


def who_answers(address: str, port: int) -> str:
    """Return who is at a port: "ours", "other", "nobody", or "blocked"."""
    for scheme in ("http", "https"):
        connection = _connection(scheme, address, port)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            if answer.status in (200, 503) and MARK in answer.headers:
                return "ours"
        except TimeoutError:
            return "blocked"
        except ConnectionRefusedError:
            return "nobody"
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    return "other"


def _connection(scheme: str, address: str, port: int) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(address, port, timeout=ANSWERS_WITHIN_S)
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # only who, never what
    return http.client.HTTPSConnection(address, port, timeout=ANSWERS_WITHIN_S, context=anyone)


def firewalls(port: int) -> tuple[tuple[str, bool | None], ...]:
    """List the firewalls that are on, and whether they let a TCP port in; None if not known."""
    found: list[tuple[str, bool | None]] = []
    if (said := _run("ufw", "status")) and "Status: active" in said:
        found.append(("ufw", ufw_lets_in(said, port)))
    if (said := _run("firewall-cmd", "--state")) and "running" in said:
        ports = _run("firewall-cmd", "--list-ports")
        found.append(("firewalld", None if ports is None else f"{port}/tcp" in ports.split()))
    if not found and (said := _run("nft", "list", "ruleset")) and nft_drops(said):
        found.append(("nftables", nft_lets_in(said, port)))
    return tuple(found)


def ufw_lets_in(said: str, port: int) -> bool:
    """Return whether `ufw status` lets a TCP port in."""
    return re.search(rf"^{port}(/tcp)?\s+(\(v6\)\s+)?ALLOW", said, re.MULTILINE) is not None


def nft_drops(said: str) -> bool:
    """Return whether `nft list ruleset` has a chain for what comes in that drops by default."""
    return re.search(r"hook input [^;]*; policy drop;", said) is not None


def nft_lets_in(said: str, port: int) -> bool | None:
    """Return whether a rule names the port; None if rules may name it in another way."""
    return True if re.search(rf"dport (\{{[^}}]*\b)?{port}\b[^\n]*accept", said) else None


def _run(*command: str) -> str | None:
    """Return what a command prints, or None if it is missing, forbidden or too slow."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists, in which it would be made."""
    here = folder.absolute()
    while not here.is_dir() and here != here.parent:
        here = here.parent
    return here


def _writes(folder: Path, clock: Clock) -> tuple[bool, float | None]:
    """Return whether it can be written, and how long one small durable write takes."""
    began = clock.now_ms()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for _ in range(SYNCS):
                file.write(PAGE)
                file.flush()
                os.fsync(file.fileno())
    except OSError:
        return False, None
    return True, (clock.now_ms() - began) / SYNCS


def _certificate(file: Path) -> Certificate | None:
    try:
        text = file.read_bytes()
        return Certificate(tuple(names_of(text)), ends_ms(text))
    except (OSError, ValueError):
        return None


def _newest_ms(folder: Path) -> int:
    files = list(folder.iterdir()) if folder.is_dir() else []
    return max((int(file.stat().st_mtime * 1000) for file in files), default=0)


def _is_synchronised() -> bool | None:
    said = _run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get((said or "").strip())


def _journal(folder: Path) -> str:
    file = folder / "saywhen.db"
    if not file.exists():
        return "new"
    try:
        with occupy(folder):
            examine(file)
    except FolderInUse:
        return "in use"
    except AppError as e:
        return str(e)
    return "whole"


def _sockets() -> int:
    try:
        import resource
    except ImportError:
        return 1_000_000
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return most if most != resource.RLIM_INFINITY else 1_000_000
