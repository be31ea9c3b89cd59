"""Whom a trusted proxy speaks for. Source: uvicorn's own middleware, with more spellings."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class Forwarded:
    """ASGI middleware: takes address and scheme from a trusted proxy, and from nobody else."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str]) -> None:
        known = [spelling for network in trusted for spelling in _spellings(network)]
        self._app = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through uvicorn's own, which takes the rightmost address that is no proxy's."""
        await self._app(cast(Any, scope), cast(Any, receive), cast(Any, send))


def _spellings(network: str) -> list[str]:
    """List the spellings of a network among peers: a dual-stack socket shows IPv4 inside IPv6."""
    net = ip_network(network)
    if net.version == 6:
        return [network]
    return [network, f"::ffff:{net.network_address}/{96 + net.prefixlen}"]
