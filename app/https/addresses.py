"""By which addresses and names phones in the same network may reach this machine."""

from __future__ import annotations

import socket

import ifaddr

ALWAYS = ("localhost", "127.0.0.1", "::1")


def machine() -> str:
    """This machine's own name, without a domain; empty where it has none of use."""
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
