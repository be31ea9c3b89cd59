"""By which addresses and names phones in the same network may reach this machine."""

from __future__ import annotations

import contextlib
import socket
from functools import lru_cache
from ipaddress import ip_address

import ifaddr

ALWAYS = ("localhost", "127.0.0.1", "::1")
EVERY_IPV4, EVERY = "0.0.0.0", "::"  # what a server may listen on instead of one address


def machine() -> str:
    """Return this machine's own name, without a domain; empty if it has none of use."""
    name = socket.gethostname().split(".")[0].lower()
    return "" if name == "localhost" or not name.replace("-", "").isalnum() else name


def addresses() -> list[str]:
    """List the addresses of this machine's interfaces; link-local IPv6 is no use in a URL."""
    found = []
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            text = one.ip if isinstance(one.ip, str) else one.ip[0]
            if not text.lower().startswith("fe80"):
                found.append(text)
    return sorted(set(found))


def names() -> list[str]:
    """List all that a certificate of this machine should speak for."""
    own = machine()
    return [*ALWAYS, *addresses(), *([own, f"{own}.local"] if own else [])]


@lru_cache(maxsize=64)  # every phone that comes back asks, nearly all for the same host
def is_loopback(host: str) -> bool:
    """Return whether a host leads whoever asks to their own machine, as `localhost` does."""
    name = host.strip("[]").rstrip(".").lower()
    with contextlib.suppress(ValueError):
        address = ip_address(name)
        return address.is_loopback or address.is_unspecified
    return name == "localhost" or name.endswith(".localhost")


def for_phones(bound: str) -> list[str]:
    """List the hosts by which phones reach a server that listens on `bound`, the likeliest first.

    Empty for one that listens on loopback: only this machine reaches it.
    """
    if bound not in (EVERY_IPV4, EVERY):
        return [] if is_loopback(bound) else [bound]
    default = outward()
    own = {one for one in addresses() if not is_loopback(one)} | ({default} if default else set())
    usable = [one for one in own if bound == EVERY or ":" not in one]
    return sorted(usable, key=lambda one: (one != default, *_rank(one), one))


def _rank(host: str) -> tuple[bool, bool]:
    """Return a sort key: private IPv4 (home networks) first, self-given addresses last."""
    address = ip_address(host)
    is_home = address.version == 4 and address.is_private
    return not is_home, address.is_link_local


def outward() -> str:
    """Return the address by which this machine goes out, or nothing where it has no route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of no one: picks a route, sends nothing
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address
