"""Keeps the CA and the server's certificate in a folder, and renews what is due."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path

from app.errors import ConfigError
from app.https import certificates as made
from app.https.certificates import Pair


class Keeper:
    """The folder `https` beside the journal: keys are readable by their owner only."""

    def __init__(self, folder: Path, machine: str) -> None:
        self._folder = folder
        self._machine = machine

    @property
    def ca(self) -> Path:
        """The CA's certificate, which phones are to trust."""
        return self._folder / "ca.pem"

    def renew(self, names: Iterable[str], now_ms: int) -> bool:
        """Make what is missing or due; True where the server's certificate is a new one.

        Raises ConfigError where the folder can't be written, or no name is a private one.
        """
        now, names = made.at(now_ms), list(names)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ca = self._read("ca")
            if ca is None or made.is_over(ca, now):
                ca = made.new_ca(self._machine, now)
                self._write("ca", ca)
            leaf = self._read("server")
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
        """The certificate last, each whole or not at all: what is half there is made anew."""
        for suffix, text in (("key", pair.key), ("pem", pair.certificate)):
            part = self._folder / f"{name}.{suffix}.part"
            part.unlink(missing_ok=True)
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / f"{name}.{suffix}")


def context_of(keeper: Keeper) -> ssl.SSLContext:
    """Give what the server's sockets are wrapped in; TLS 1.2 at least."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    keeper.load_into(context)
    return context
