"""nginx as docs/deploy.md has it; only ports, certificate and folders are the test's own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import calendar_ms
from app.https.keeper import Keeper
from tests.support.serving import free_port

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
STARTS_WITHIN_S = 10
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{block}
}}
"""

needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx here: apt-get install nginx")


@dataclass(frozen=True)
class Nginx:
    """Where it listens, and the CA by which it is trusted."""

    url: str
    ca: Path


def block_of_the_page() -> str:
    """Return the configuration that docs/deploy.md says to write."""
    (block,) = re.findall(r"```nginx\n(.*?)```", DEPLOY.read_text(), re.DOTALL)
    return str(block)


def _own(block: str, places: dict[str, str]) -> str:
    for theirs, ours in places.items():
        assert theirs in block, f"docs/deploy.md has no {theirs!r}"
        block = block.replace(theirs, ours)
    return block


@contextmanager
def nginx(folder: Path, upstream: int, without: str = "") -> Iterator[Nginx]:
    """Run nginx before this port; `without` leaves out a line of the page's block."""
    assert NGINX is not None
    folder.mkdir()
    keeper = Keeper(folder / "https", "")
    keeper.renew(["127.0.0.1"], calendar_ms())
    port = free_port()
    live = "/etc/letsencrypt/live/say.example"
    places = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        f"{live}/fullchain.pem": str(folder / "https" / "server.pem"),
        f"{live}/privkey.pem": str(folder / "https" / "server.key"),
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
    }
    block = block_of_the_page()
    if without:
        block, left_out = re.subn(rf".*{re.escape(without)}.*\n", "", block)
        assert left_out == 1
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, block=_own(block, places)))
    with (folder / "said.log").open("wb") as log:
        command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(file)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "said.log")
        yield Nginx(f"https://127.0.0.1:{port}", keeper.ca)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
