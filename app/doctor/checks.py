"""What the facts mean: one finding each, with what to do. Pure; facts.py gathers them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

DAY_MS = 24 * 3600 * 1000
LEAST_FREE_BYTES = 200 * 1024**2
SLOW_SYNC_MS = 50  # a tap is told at once and written after; slower than this, screens lag
MANY_SOCKETS = 2_000
AUTOMATIC_PREFIX = "169.254."  # what a machine takes when no router answers


class Verdict(IntEnum):
    """How bad it is."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do where it is not well."""

    verdict: Verdict
    topic: str
    text: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The server's own, of --https."""

    names: tuple[str, ...]
    ends_ms: int


@dataclass(frozen=True, slots=True)
class Public:
    """What a phone meets that comes by the public address; None is "could not be told"."""

    url: str
    answers: str  # "ours", "other", "nobody", "blocked", or "untrusted" for its certificate
    is_origin_known: bool | None = None
    has_cookies: bool | None = None
    has_sockets: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen on this machine; None is "could not be told"."""

    host: str  # what --host says
    address: str  # by which phones in the same network reach this machine
    port: int
    answers: str  # who answers there: "ours", "other", "nobody", "blocked"
    firewalls: tuple[tuple[str, bool | None], ...]  # active ones, and whether they let the port in
    is_https: bool
    certificate: Certificate | None
    now_ms: int
    newest_ms: int  # of the newest file that the server wrote
    is_synchronised: bool | None
    is_writable: bool
    free_bytes: int
    sync_ms: float | None  # what one small durable write takes
    journal: str  # "new", "whole", "in use", or what is wrong with it
    sockets: int  # how many this process may open
    public: Public | None = None  # where --public-url says one


def findings(f: Facts) -> list[Finding]:
    """Judge everything; the order is the order in which a person would look."""
    return [
        _network(f),
        _listening(f),
        *_firewalls(f),
        _https(f),
        _clock(f),
        *_disk(f),
        _journal(f),
        _sockets(f),
        *(_public(f.public) if f.public else []),
    ]


def _network(f: Facts) -> Finding:
    topic = "network"
    if ip_address(f.address).is_loopback:
        why = "--host is this machine alone" if f.host not in ("0.0.0.0", "::") else "no network"
        return Finding(
            Verdict.FAIL,
            topic,
            f"no phone can reach {f.address} ({why})",
            "Join the Wi-Fi that the phones are in, and leave out --host.",
        )
    if f.address.startswith(AUTOMATIC_PREFIX):
        return Finding(
            Verdict.FAIL, topic, f"{f.address}: no router answered", "Join the Wi-Fi again."
        )
    if not ip_address(f.address).is_private:
        return Finding(
            Verdict.WARN,
            topic,
            f"{f.address} is an address of the internet: anyone may knock",
            "Put a proxy with a real domain before it: docs/deploy.md.",
        )
    return Finding(
        Verdict.OK,
        topic,
        f"phones in the same network reach {f.address} (not those in a guest Wi-Fi)",
    )


def _listening(f: Facts) -> Finding:
    topic, at = "port", f"{f.address}:{f.port}"
    match f.answers:
        case "ours":
            return Finding(Verdict.OK, topic, f"Say When answers at {at}")
        case "other":
            return Finding(
                Verdict.FAIL,
                topic,
                f"another program answers at {at}",
                "Stop it, or serve with another --port.",
            )
        case "blocked":
            return Finding(
                Verdict.FAIL,
                topic,
                f"{at} swallows what is sent to it",
                f"Let TCP port {f.port} in through this machine's firewall.",
            )
        case _:
            return Finding(Verdict.OK, topic, f"{at} is free: `saywhen serve` can take it")


def _firewalls(f: Facts) -> list[Finding]:
    found = []
    for name, lets_in in f.firewalls:
        if lets_in:
            found.append(Finding(Verdict.OK, "firewall", f"{name} lets port {f.port} in"))
            continue
        text = f"{name} keeps port {f.port} out" if lets_in is False else f"{name} is on"
        do = f"{_opens(name)} lets port {f.port} in.".replace("PORT", str(f.port))
        found.append(Finding(Verdict.WARN, "firewall", text, do))
    return found or [Finding(Verdict.OK, "firewall", "none was found")]


def _opens(name: str) -> str:
    return {
        "ufw": "`sudo ufw allow PORT/tcp`",
        "firewalld": "`sudo firewall-cmd --add-port=PORT/tcp`",
    }.get(name, "A rule that accepts TCP port PORT")


def _https(f: Facts) -> Finding:
    topic = "https"
    if not f.is_https:
        return Finding(
            Verdict.WARN,
            topic,
            "plain http: an iPhone's screen may lock in the middle of a hold",
            "`saywhen serve --https`, then once on each phone what its first page says.",
        )
    if f.certificate is None:
        return Finding(Verdict.OK, topic, "the first start makes the certificate")
    if f.certificate.ends_ms <= f.now_ms:
        return Finding(
            Verdict.FAIL,
            topic,
            "the certificate is over",
            "Restart the server: it makes a new one.",
        )
    if f.address not in f.certificate.names:
        return Finding(
            Verdict.WARN,
            topic,
            f"the certificate does not name {f.address}",
            "A running server makes a new one within a minute, for private addresses.",
        )
    days = (f.certificate.ends_ms - f.now_ms) // DAY_MS
    return Finding(Verdict.OK, topic, f"good for {days} days, renewed by itself")


def _clock(f: Facts) -> Finding:
    do = "Set date and time, best by the network: `timedatectl set-ntp true`."
    if f.newest_ms > f.now_ms + DAY_MS:
        return Finding(Verdict.FAIL, "clock", "this machine's clock went back", do)
    if f.is_synchronised is False:
        return Finding(Verdict.WARN, "clock", "nobody sets this machine's clock", do)
    return Finding(Verdict.OK, "clock", "as it should be")


def _disk(f: Facts) -> list[Finding]:
    if not f.is_writable:
        do = "Choose another folder with --data-dir, or give this user the right to write there."
        return [Finding(Verdict.FAIL, "disk", "the data folder can't be written", do)]
    free = f"{f.free_bytes / 1024**2:,.0f} MB free"
    if f.free_bytes < LEAST_FREE_BYTES:
        space = Finding(Verdict.FAIL, "disk", free, "Make room: a full disk lets no hold begin.")
    else:
        space = Finding(Verdict.OK, "disk", free)
    if f.sync_ms is None:
        return [space]
    speed = f"a durable write takes {f.sync_ms:.1f} ms"
    if f.sync_ms > SLOW_SYNC_MS:
        do = "Stops are shown before they are written; all else waits. Use a quicker disk."
        return [space, Finding(Verdict.WARN, "disk", speed, do)]
    return [space, Finding(Verdict.OK, "disk", speed)]


def _journal(f: Facts) -> Finding:
    match f.journal:
        case "new":
            return Finding(Verdict.OK, "journal", "the first start makes it")
        case "whole":
            return Finding(Verdict.OK, "journal", "every page and every event was read")
        case "in use":
            return Finding(Verdict.OK, "journal", "in use by a running server")
        case wrong:
            do = "The server sets a damaged one aside and names it; docs/backup.md says more."
            return Finding(Verdict.FAIL, "journal", wrong, do)


def _sockets(f: Facts) -> Finding:
    text = f"{f.sockets:,} sockets may be open at once"
    if f.sockets < MANY_SOCKETS:
        return Finding(Verdict.WARN, "sockets", text, "Raise the hard limit (`ulimit -Hn`).")
    return Finding(Verdict.OK, "sockets", text)


def _public(p: Public) -> list[Finding]:
    """Judge what stands before the server, which is the operator's: proxy, name, certificate."""
    topic = "public"
    if p.answers != "ours":
        text, do = _NOT_OURS[p.answers]
        return [Finding(Verdict.FAIL, topic, f"{p.url}: {text}{p.why and f' ({p.why})'}", do)]
    found = [
        Finding(Verdict.FAIL, topic, f"{p.url}: {text}", do)
        for is_well, text, do in (
            (p.is_origin_known, *_ORIGIN),
            (p.has_cookies, *_COOKIES),
            (p.has_sockets, *_SOCKETS),
        )
        if is_well is False
    ]
    if not found and None in (p.is_origin_known, p.has_cookies, p.has_sockets):
        text, do = "answers, but no room could be tried", "Run this again in a minute."
        return [Finding(Verdict.WARN, topic, f"{p.url} {text}", do)]
    text = "a room, its cookie and its live socket get through"
    return found or [Finding(Verdict.OK, topic, f"{p.url}: {text}")]


_NOT_OURS = {
    "other": ("another program answers", "Let the proxy pass everything of this name on to here."),
    "nobody": ("nobody answers", "Start the server and the proxy before it, and check the name."),
    "blocked": ("swallows what is sent to it", "Let its port in through the firewall."),
    "untrusted": (
        "phones do not trust its certificate",
        "Renew it, and check this machine's clock.",
    ),
}
_ORIGIN = (
    "the server does not know this address as its own",
    "Start it with this --public-url, or let the proxy pass the Host header on.",
)
_COOKIES = (
    "a seat's cookie does not come back",
    "Let the proxy pass Cookie and Set-Cookie on, and give --public-url the scheme phones use.",
)
_SOCKETS = (
    "the live socket does not get through",
    "Let the proxy pass Upgrade and Connection on (docs/deploy.md).",
)
