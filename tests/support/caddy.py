"""Caddy as docs/deploy/Caddyfile has it; only ports, certificate and folders are the test's own."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.serving import free_port

CADDYFILE = Path(__file__).parents[2] / "docs" / "deploy" / "Caddyfile"
OWN = """{
	admin off
	local_certs
	skip_install_trust
	auto_https disable_redirects
}
"""
STARTS_WITHIN_S = 20

needs_caddy = pytest.mark.skipif(
    shutil.which("caddy") is None, reason="no Caddy here: apt-get install caddy"
)


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[str]:
    """Run Caddy before this port; returns its https address."""
    port = free_port()
    file = folder / "Caddyfile"
    file.write_text(OWN + CADDYFILE.read_text())
    env = {
        **os.environ,
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "SAYWHEN_DOMAIN": f"https://localhost:{port}",
        "SAYWHEN_PORT": str(upstream),
    }
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _wait_for(port, folder / "caddy.log")
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, log: Path) -> None:
    """Wait until it shakes hands; its certificate is made in the background."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as plain:
                trusting.wrap_socket(plain, server_hostname="localhost").close()
                return
        except OSError:
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
