"""The same browser asking again: an answer that was lost on its way costs nobody a seat.

A page makes a random claim before it asks, and sends it along. What was handed out for it can be
handed out again to whoever brings the same claim. The token is derived from the claim and from a
salt that only the server has, so neither is ever stored in the clear, and no seat is given twice.
Must not know rooms.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

import msgspec

HEADER = "saywhen-claim"  # for requests that have no body of ours to carry it
COOKIE = "knock"  # a page's claim to the seat it knocks for; sent with that knock only
PATTERN = r"^[A-Za-z0-9_-]{22,64}$"  # at least 128 random bits
_GOOD = re.compile(PATTERN)


class Claim(msgspec.Struct, frozen=True):
    """What is kept of a claim."""

    hashed: str
    salt: str


def read_claim(said: str | None) -> str:
    """Return a claim as it was said, or an empty string for what is none."""
    return said if said and _GOOD.match(said) else ""


def claim_for(said: str) -> Claim | None:
    """Return what is kept of a claim, or None if nothing was claimed."""
    salt = secrets.token_urlsafe(16)
    return Claim(_hash(salt, "claim", said), salt) if said else None


def token_for(claim: Claim | None, said: str) -> str | None:
    """Return the token that belongs to a claim, the same each time, or None for anybody else."""
    if claim is None or not said:
        return None
    if not hmac.compare_digest(claim.hashed, _hash(claim.salt, "claim", said)):
        return None
    return derived(claim.salt, said)


def derived(salt: str, said: str) -> str:
    """Return a token of 128 bits derived from a claim; it takes both parts to derive it."""
    digest = hashlib.sha256(f"{salt}~token~{said}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _hash(salt: str, what: str, said: str) -> str:
    return hashlib.sha256(f"{salt}~{what}~{said}".encode()).hexdigest()
