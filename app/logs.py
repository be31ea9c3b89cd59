"""Log lines: JSON, or a console's. Nothing personal: no codes, keys, answers or whole addresses.

Of an exception, types and lines of code are logged, but not its text, which may quote what people
typed. A room's id appears only as `room_key(room)`, which tells rooms apart within one run of the
server and tells nothing after it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import sqlite3
import sys
import traceback
from ipaddress import ip_address
from pathlib import PurePath
from types import TracebackType

import structlog

from app.config import Settings

FRAMES = 20  # of each exception, the innermost
EXCEPTIONS = 8  # one and what caused it
SHOWN_PARTS = 3  # of a file's path: enough to find it, without the machine's folders

_KEY = secrets.token_bytes(32)


def room_key(room: str) -> str:
    """Return what stands for a room's id in logs: a hash keyed by a secret of this process."""
    return hashlib.blake2b(room.encode(), key=_KEY, digest_size=6).hexdigest()


def coarse_address(address: str) -> str:
    """Shorten an address to its /24 (IPv6: /48), the most that a log may say of it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    keep = 24 if ip.version == 4 else 48
    shortened = int(ip) >> (ip.max_prefixlen - keep) << (ip.max_prefixlen - keep)
    return f"{type(ip)(shortened)}/{keep}"


def set_up(settings: Settings) -> None:
    """Send structlog's and the standard library's lines to stderr in one form."""
    is_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    common: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[structlog.types.Processor] = [
        _without_values,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _json() if is_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=last)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # Their info lines carry addresses and paths.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _json() -> structlog.types.Processor:
    return structlog.processors.JSONRenderer(default=str)


def _without_values(
    _: structlog.types.WrappedLogger, __: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Take the text out of an exception, and the values out of a library's line."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = without_text(error)
    if not event["_from_structlog"]:
        # asyncio appends the task or callback that failed, and what it was called with.
        event["event"] = re.split(r"[\n(<]", str(event["event"]), maxsplit=1)[0].strip()
    return event


def without_text(error: BaseException) -> str:
    """Return an exception as types, files and lines, with its causes below; nothing of its text."""
    lines: list[str] = []
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < EXCEPTIONS:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        lines += [f"{type(one).__module__}.{type(one).__qualname__}{_why(one)}"]
        lines += _frames(one.__traceback__)
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        waiting += [cause] if cause is not None else []
    return "\n".join(lines)


def _why(error: BaseException) -> str:
    """Return the text of system and database errors: nobody typed any of it."""
    if isinstance(error, OSError) and error.errno is not None:
        return f": [{error.errno}] {os.strerror(error.errno)}"
    if isinstance(error, sqlite3.Error):
        return f": {error}"
    return ""


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    return [
        f"  {'/'.join(PurePath(frame.filename).parts[-SHOWN_PARTS:])}:{frame.lineno} {frame.name}"
        for frame in frames[-FRAMES:]
    ]
