"""Settings: flags over SAYWHEN_* environment over these defaults. Read once, then frozen.

Must not know anything else of the app. The limits' numbers come from the protocol.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import idna
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.errors import ConfigError

ENV_PREFIX = "SAYWHEN_"
DEFAULT_PORTS = {"http": 80, "https": 443}
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")  # of a host name, without its dots
HOST_CHARS = 253
NO_HOST = "should have a host name or address that can be looked up"

_PACKED = Path(__file__).parent / "_assets"
# The folder that holds templates/, static/ and content/: in a wheel, or a checkout's top level.
ASSETS: Path = _PACKED if _PACKED.is_dir() else Path(__file__).parent.parent


def spelt(url: str) -> str:
    """Return an origin as browsers spell it: lower case, punycode, no default port, no final dot.

    A final slash is accepted. Raises ValueError for anything that is not an origin.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError as e:
        raise ValueError(NO_HOST) from e
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("should be http:// or https:// and a host, such as https://say.example")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "should end after the host: Say When needs a host name or a port of its own, "
            "and can't live under a path"
        )
    try:
        has_port = parts.port != 0
    except ValueError:
        has_port = False
    if not has_port:
        raise ValueError("should have a port from 1 to 65535")
    is_plain = parts.port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{_host(parts.hostname)}" + ("" if is_plain else f":{parts.port}")


def _host(name: str) -> str:
    """Return a host as browsers spell it; raises ValueError for what can't be one."""
    try:
        if ":" in name:
            return f"[{IPv6Address(name.replace('%', ' '))}]"  # no zone
        host = name if name.isascii() else idna.encode(name, uts46=True).decode()
        host = host.lower().removesuffix(".")
        labels = host.split(".")
        if all(LABEL.fullmatch(label) for label in labels) and len(host) <= HOST_CHARS:
            return str(IPv4Address(host)) if labels[-1].isdigit() else host
    except ValueError:  # idna's errors as well
        pass
    raise ValueError(NO_HOST)


def _addresses(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return addresses and networks given between commas. A proxy must be named, `*` is refused."""
    parts = given.split(",") if isinstance(given, str) else given
    try:
        networks = [ip_network(part.strip()) for part in parts]
    except ValueError:
        networks = []
    if not networks or not all(network.prefixlen for network in networks):
        raise ValueError("should be addresses or networks, such as 127.0.0.1,10.1.0.0/16")
    return tuple(map(str, networks))


def _words(said: str) -> str:
    """Return words for a page, one line or several, without characters that no page can show."""
    told = said.replace("\r\n", "\n").strip()
    if not all(char.isprintable() or char == "\n" for char in told):
        raise ValueError("should be plain text")
    return told


def _journal(said: str) -> str:
    """Return what keeps the journal; an engine's nodes are given between commas."""
    urls = [one.strip() for one in said.split(",")]
    schemes = {urlsplit(urls[0]).scheme, *(urlsplit(one).scheme for one in urls if "://" in one)}
    is_engine = schemes <= {"nats", "tls"} and "://" in urls[0] and all(urls)
    if said not in ("sqlite", "memory") and not is_engine:
        raise ValueError("should be sqlite, memory, or an engine such as nats://one,two,three")
    return said


Words = Annotated[str, AfterValidator(_words), Field(max_length=4_000)]
Origin = Annotated[str, AfterValidator(spelt)]
Networks = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
Journal = Annotated[str, AfterValidator(_journal)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="0.0.0.0", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)  # 0: any free port
    data_dir: Path = Path("data")
    public_url: Origin | None = None  # None: the address that the phone used
    drain_s: int = Field(default=2, ge=0, le=300)  # how long an ending server waits for hands
    trusted_proxy: Networks = ()  # whose X-Forwarded-For and -Proto are believed
    https: bool = False  # by a private CA of our own, for a network without a domain
    trust_port: int = Field(default=8080, ge=0, le=65535)  # with https: where phones get the CA
    # memory forgets at exit: trials and tests; nats://… is an engine that several servers share.
    journal: Journal = "sqlite"
    i_accept_loss: bool = False  # of sessions: with an engine that is not safe
    log_format: Literal["auto", "console", "json"] = "auto"  # auto: console on a terminal
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # What the page "What we keep" says about this server. It says plainly what is not set here.
    operator: Words = ""  # who runs it; nobody named: "the person whose machine this is"
    contact: Words = ""  # how to reach them: an address of mail or of a page, or words
    imprint: Words = ""  # its own page, where a law asks for one; may have several lines
    copies_days: int | None = Field(default=None, ge=0, le=36_500)  # how long they keep copies

    # An evening class has one address: 30 pairs start within a minute, each twice, and mistype.
    rooms_per_min: Count = 60  # new rooms, per address; in an hour ten times as many, at least 600
    wrong_codes_per_min: Count = 20  # per address
    # All addresses together: in 15 minutes they can try 450 of 28^6 codes, so one such attempt in a
    # million gets to knock. A right code is never held back by others' guesses.
    wrong_codes_per_min_server: Count = 30
    body_max_bytes: Count = 16 * 1024
    code_ttl_s: Count = 15 * 60

    @property
    def engine(self) -> list[str]:
        """The addresses of the engine's nodes, where several servers share one."""
        if self.journal in ("sqlite", "memory"):
            return []
        scheme = self.journal.partition("://")[0]
        urls = [one.strip() for one in self.journal.split(",")]
        return [one if "://" in one else f"{scheme}://{one}" for one in urls]

    @property
    def is_https(self) -> bool:
        """Whether phones reach this server over https (cookies are then Secure)."""
        return self.https or (self.public_url or "").startswith("https:")


def load(env: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Build the settings; a flag left out is None. Raises ConfigError with one line to act on."""
    chosen: dict[str, Any] = {
        name.removeprefix(ENV_PREFIX).lower(): value
        for name, value in env.items()
        if name.startswith(ENV_PREFIX)
    }
    unknown = sorted(set(chosen) - set(Settings.model_fields))
    if unknown:
        raise ConfigError(_unknown(unknown[0]))
    chosen.update({name: value for name, value in flags.items() if value is not None})
    try:
        return Settings.model_validate(chosen)
    except ValidationError as e:
        raise ConfigError(_one_line(e, flags)) from e


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"; did you mean {ENV_PREFIX}{near[0].upper()}?" if near else "; remove it."
    return f"{ENV_PREFIX}{name.upper()} is not a setting{hint}"


def _one_line(e: ValidationError, flags: Mapping[str, Any]) -> str:
    first = e.errors(include_url=False)[0]
    name = str(first["loc"][0])
    is_flag = flags.get(name) is not None
    said = f"--{name.replace('_', '-')}" if is_flag else f"{ENV_PREFIX}{name.upper()}"
    why = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{said} is {str(first['input'])!r} but {why}."
