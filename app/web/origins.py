"""Which origins are ours, and which way a browser came to us.

Cookies count only together with one of them; programs bring a Bearer token instead.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from app.config import spelt
from app.errors import Forbidden
from app.web.ways import way_of


def check_origin(connection: HTTPConnection, *, is_needed: bool) -> None:
    """Refuse a page of another site; raises Forbidden."""
    origin = connection.headers.get("origin")
    if origin is not None:
        check_named_origin(connection, origin)
    elif is_needed:
        raise Forbidden("This needs an Origin, as browsers send it.", "no_origin")


def check_named_origin(connection: HTTPConnection, origin: str) -> None:
    """Refuse what is none of our origins; raises Forbidden."""
    if _spelt(origin) not in own_origins(connection):
        raise Forbidden("This comes from another site.", "foreign_origin")


def same_site(request: Request) -> None:
    """Refuse forms of other sites; a route's dependency."""
    check_origin(request, is_needed=True)


SAME_SITE = Depends(same_site)


def own_origins(connection: HTTPConnection) -> set[str | None]:
    """List the origins that are ours: the public one, and the address the request came to."""
    host = connection.headers.get("host", "")
    own = {connection.app.state.settings.public_url, _spelt(f"http://{host}")}
    return (own | {_spelt(f"https://{host}")}) - {None}


@lru_cache(maxsize=64)
def _spelt(origin: str) -> str | None:
    """Return an origin as browsers spell it; None for `null` and all that is none."""
    try:
        return spelt(origin) if not origin.endswith("/") else None
    except ValueError:
        return None


def origin_of(connection: HTTPConnection) -> str:
    """Return the public origin that links should lead to."""
    origin = way_of(connection).origin
    return _spelt(origin) or origin


def is_https(connection: HTTPConnection) -> bool:
    """Return whether this browser reaches us over https, so that its cookies may be Secure.

    The browser shows it where it names the page that asks; otherwise our public address counts.
    """
    for header in ("origin", "referer"):
        scheme, _, rest = connection.headers.get(header, "").partition("://")
        said = _spelt(f"{scheme}://{rest.partition('/')[0]}")
        if said is not None and said in own_origins(connection):
            return scheme.lower() == "https"
    return urlsplit(origin_of(connection)).scheme == "https"
