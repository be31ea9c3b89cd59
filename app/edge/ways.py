"""By which address phones reach this server, as far as whoever asks can be told.

The address that a browser used is the one it shows to others, but `localhost` leads every phone to
itself: then it is an address of this machine. Knows no rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from app.https.addresses import for_phones, is_loopback

OTHERS = 4


@dataclass(frozen=True, slots=True)
class Way:
    """The origin that links lead to; `others` are further addresses of this machine, to type."""

    origin: str
    others: tuple[str, ...] = ()
    is_reachable: bool = True


def way_of(connection: HTTPConnection) -> Way:
    """Return the way to this server for phones, from where the request came to."""
    settings = connection.app.state.settings
    if settings.public_url:
        return Way(settings.public_url)
    url = connection.url
    scheme = {"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)
    here = f"{scheme}://{url.netloc}"
    try:
        host, port = url.hostname or "", f":{url.port}" if url.port else ""
    except ValueError:  # a Host that no browser sends
        return Way(here)
    if not is_loopback(host):
        return Way(here)
    origins = [f"{scheme}://{_literal(one)}{port}" for one in for_phones(settings.host)]
    if not origins:
        return Way(here, is_reachable=False)
    others = [address_of(origin) for origin in origins[1 : 1 + OTHERS]]
    return Way(origins[0], tuple(others))


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def address_of(url: str) -> str:
    """Return what to type into a browser, as short as it can be.

    A port that is not https's own needs the scheme: browsers try http there.
    """
    parts = urlsplit(url)
    is_own_port = parts.netloc.rpartition("]")[2].find(":") < 0
    return parts.netloc if parts.scheme == "http" or is_own_port else f"https://{parts.netloc}"
