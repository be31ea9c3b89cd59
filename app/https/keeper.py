"""Keeps the CA and the server's certificate in a folder, and renews what is due.

Both dates of a certificate are judged by the machine's calendar. A small computer without a battery
wakes up in 1970 and learns the time later: a clock that was surely never set condemns no
certificate. The CA before the present one is kept, so that phones go on trusting it if only the
clock was wrong for a while.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from app.errors import ConfigError
from app.https import certificates as made
from app.https.certificates import Pair


class Keeper:
    """The folder `https` beside the journal: keys are readable by their owner only."""

    def __init__(self, folder: Path, machine: str) -> None:
        self._folder = folder
        self._machine = machine
        self.has_new_ca = False  # phones that trusted another have to trust this one

    @property
    def ca(self) -> Path:
        """The CA's certificate, which phones are to trust."""
        return self._folder / "ca.pem"

    def renew(self, names: Iterable[str], calendar_ms: int) -> bool:
        """Make what is missing or due; return True if the server's certificate is a new one.

        Raises ConfigError if the folder can't be written, or no name is a private one.
        """
        names = list(names)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            pairs = {name: self._read(name) for name in ("ca", "ca-before", "server")}
            ours = [pair for pair in pairs.values() if pair is not None]
            now = made.known_time(made.at(calendar_ms), ours)
            ca, leaf = pairs["ca"], pairs["server"]
            if ca is None or not made.may_vouch(ca, now):
                ca = self._replace(ca, pairs["ca-before"], now)
            if leaf is not None and not made.is_due(leaf, ca, names, now):
                return False
            self._write("server", made.new_leaf(ca, names, now))
        except OSError as e:
            raise ConfigError(f"Can't keep certificates in {str(self._folder)!r}: {e}.") from e
        except ValueError as e:
            raise ConfigError(
                "--https vouches for private addresses only, and this machine has none of them "
                "(or a file in the https folder is damaged: move the folder away). For an address "
                "in the internet see docs/deploy.md: a real domain."
            ) from e
        return True

    def _replace(self, ca: Pair | None, before: Pair | None, now: datetime) -> Pair:
        """Go back to the CA before, if that one is good now; else make a new one."""
        is_good_again = before is not None and made.may_vouch(before, now)
        chosen = before if before and is_good_again else made.new_ca(self._machine, now)
        if ca is not None:
            self._write("ca-before", ca)
        self._write("ca", chosen)
        self.has_new_ca = ca is not None
        return chosen

    @property
    def before(self) -> str | None:
        """The fingerprint of the CA before this one, which counts no more."""
        file = self._folder / "ca-before.pem"
        return made.fingerprint(file.read_bytes()) if file.exists() else None

    def served(self) -> list[str]:
        """List the addresses and names that the server's certificate speaks for."""
        return made.names_of((self._folder / "server.pem").read_bytes())

    def load_into(self, context: ssl.SSLContext) -> None:
        """Let new connections use the certificate as it is now."""
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")

    def _read(self, name: str) -> Pair | None:
        try:
            certificate = (self._folder / f"{name}.pem").read_bytes()
            return Pair(certificate, (self._folder / f"{name}.key").read_bytes())
        except FileNotFoundError:
            return None

    def _write(self, name: str, pair: Pair) -> None:
        """Write whole files only, the certificate last: what is half there is made anew."""
        for suffix, text in (("key", pair.key), ("pem", pair.certificate)):
            part = self._folder / f"{name}.{suffix}.part"
            part.unlink(missing_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / f"{name}.{suffix}")


def context_of(keeper: Keeper) -> ssl.SSLContext:
    """Return the context for the server's sockets; TLS 1.2 at least."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    keeper.load_into(context)
    return context
