"""The address by which phones reach this server, as far as it can be known.

A browser shows others the address that it used itself. But `localhost` leads every phone to itself:
then an address of this machine is shown. Knows no rooms.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from app.https.addresses import for_phones, is_loopback
from app.pairing.places import address_of

OTHERS = 4


@dataclass(frozen=True, slots=True)
class Way:
    """The origin that links lead to; `others` are further addresses of this machine, to type.

    Where it is not known, some other machine or a container stands between.
    """

    origin: str
    others: tuple[str, ...] = ()
    is_reachable: bool = True
    is_known: bool = True


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
    if not _is_straight(connection, url.port):
        return Way(here, is_reachable=False, is_known=False)
    origins = [f"{scheme}://{_literal(one)}{port}" for one in for_phones(settings.host)]
    if not origins:
        return Way(here, is_reachable=False)
    others = [address_of(origin) for origin in origins[1 : 1 + OTHERS]]
    return Way(origins[0], tuple(others))


def _is_straight(connection: HTTPConnection, port: int | None) -> bool:
    """Return whether a request for `localhost` came to a socket of this very machine, at that port.

    Through a container or a tunnel it did not, and then no address known here leads back to it.
    """
    came_to, own_port = connection.scope.get("server") or ("", None)
    try:
        address = ip_address(came_to)
    except ValueError:  # a name, or a socket of another kind: nothing is known of it
        return True
    mapped = getattr(address, "ipv4_mapped", None)
    usual = 443 if connection.url.scheme in ("https", "wss") else 80
    return (mapped or address).is_loopback and own_port in (None, port or usual)


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host
