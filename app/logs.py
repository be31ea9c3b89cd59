"""Log lines: JSON, or a console's. Nothing personal: no codes, keys, answers or whole addresses.

A room's id appears only as `room_key(room)`, which tells rooms apart within one run of the server
and tells nothing after it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import sys
from ipaddress import ip_address

import structlog

from app.config import Settings

_KEY = secrets.token_bytes(32)


def room_key(room: str) -> str:
    """Stand-in for a room's id in logs: a hash keyed by a secret that dies with the process."""
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
        structlog.stdlib.ProcessorFormatter.remove_processors_meta
    ]
    last += _json() if is_json else _console()
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


def _json() -> list[structlog.types.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]


def _console() -> list[structlog.types.Processor]:
    # A traceback with its frames' values would show what people typed.
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
