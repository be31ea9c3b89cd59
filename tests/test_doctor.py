"""`saywhen doctor` names what keeps phones away, and says what to do about it."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.clock import RealClock
from app.config import Settings
from app.doctor import facts
from app.doctor.checks import DAY_MS, Certificate, Facts, Finding, Public, Verdict, findings
from app.doctor.public import look_at
from tests.support.fixtures import SERVE
from tests.support.serving import serving

NOW_MS = 1_800_000_000_000
HOME = "192.168.1.20"
WELL = Facts(
    host="0.0.0.0",
    address=HOME,
    port=8000,
    answers="nobody",
    firewalls=(),
    is_https=True,
    certificate=Certificate((HOME, "localhost"), NOW_MS + 300 * DAY_MS),
    now_ms=NOW_MS,
    newest_ms=NOW_MS - DAY_MS,
    is_synchronised=True,
    is_writable=True,
    free_bytes=10 * 1024**3,
    sync_ms=3.0,
    journal="whole",
    sockets=500_000,
)
OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
# What is changed on a machine that is well; which topic says so, how badly, a word of what to do.
ILLS: list[tuple[dict[str, Any], str, Verdict, str]] = [
    ({"address": "127.0.0.1"}, "network", FAIL, "Wi-Fi"),
    ({"address": "127.0.0.1", "host": "127.0.0.1"}, "network", FAIL, "--host"),
    ({"address": "169.254.7.7"}, "network", FAIL, "Wi-Fi"),
    ({"address": "8.8.8.8"}, "network", WARN, "domain"),
    ({"answers": "other"}, "port", FAIL, "--port"),
    ({"answers": "blocked"}, "port", FAIL, "firewall"),
    ({"firewalls": (("ufw", False),)}, "firewall", WARN, "ufw allow 8000/tcp"),
    ({"firewalls": (("firewalld", False),)}, "firewall", WARN, "--add-port=8000/tcp"),
    ({"firewalls": (("nftables", None),)}, "firewall", WARN, "TCP port 8000"),
    ({"is_https": False}, "https", WARN, "--https"),
    ({"certificate": Certificate((HOME,), NOW_MS)}, "https", FAIL, "Restart"),
    ({"certificate": Certificate(("10.0.0.1",), NOW_MS + DAY_MS)}, "https", WARN, "minute"),
    ({"newest_ms": NOW_MS + 2 * DAY_MS}, "clock", FAIL, "date"),
    ({"is_synchronised": False}, "clock", WARN, "date"),
    ({"is_writable": False}, "disk", FAIL, "--data-dir"),
    ({"free_bytes": 1024}, "disk", FAIL, "room"),
    ({"sync_ms": 200.0}, "disk", WARN, "quicker disk"),
    ({"journal": "saywhen.db is damaged"}, "journal", FAIL, "backup"),
    ({"sockets": 1024}, "sockets", WARN, "ulimit"),
]


def test_a_machine_that_is_well_has_nothing_to_do() -> None:
    found = findings(WELL)
    assert {one.verdict for one in found} == {OK}
    assert not any(one.do for one in found)


@pytest.mark.parametrize(("ill", "topic", "verdict", "do"), ILLS)
def test_every_ill_is_named_with_what_to_do(
    ill: dict[str, Any], topic: str, verdict: Verdict, do: str
) -> None:
    found = findings(dataclasses.replace(WELL, **ill))
    named = [one for one in found if one.verdict is not OK]
    assert [(one.topic, one.verdict) for one in named if one.topic == topic] == [(topic, verdict)]
    said = " ".join(f"{one.text} {one.do}" for one in named)
    assert do in said and all(one.do for one in named)


@pytest.mark.parametrize(
    "well",
    [
        {"answers": "ours"},
        {"certificate": None},
        {"journal": "new"},
        {"journal": "in use"},
        {"is_synchronised": None},
        {"firewalls": (("ufw", True),)},
    ],
)
def test_what_is_well_in_another_way_is_no_ill(well: dict[str, Any]) -> None:
    assert {one.verdict for one in findings(dataclasses.replace(WELL, **well))} == {OK}


@pytest.mark.parametrize(
    ("said", "lets_in"),
    [
        ("Status: active\n8000/tcp   ALLOW   Anywhere\n", True),
        ("Status: active\n8000       ALLOW   192.168.0.0/16\n", True),
        ("Status: active\n8000/tcp   DENY    Anywhere\n", False),
        ("Status: active\n18000/tcp  ALLOW   Anywhere\n", False),
        ("Status: active\n8000/udp   ALLOW   Anywhere\n", False),
    ],
)
def test_ufw_is_read(said: str, lets_in: bool) -> None:
    assert facts.ufw_lets_in(said, 8000) is lets_in


NFT = "table inet filter {{ chain input {{ type filter hook input priority 0; policy {}; {} }} }}"


@pytest.mark.parametrize(
    ("policy", "rule", "drops", "lets_in"),
    [
        ("accept", "", False, None),
        ("drop", "tcp dport 8000 accept", True, True),
        ("drop", "tcp dport { 22, 8000 } accept", True, True),
        ("drop", "tcp dport 22 accept", True, None),
        ("drop", "tcp dport 18000 accept", True, None),
    ],
)
def test_nftables_is_read(policy: str, rule: str, drops: bool, lets_in: bool | None) -> None:
    said = NFT.format(policy, rule)
    assert (facts.nft_drops(said), facts.nft_lets_in(said, 8000)) == (drops, lets_in)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def test_it_tells_who_answers(listener: socket.socket, tmp_path: Path) -> None:
    port = listener.getsockname()[1]

    def other() -> None:
        for _ in range(2):
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    threading.Thread(target=other, daemon=True).start()
    assert facts.who_answers("127.0.0.1", port) == "other"
    listener.close()
    assert facts.who_answers("127.0.0.1", port) == "nobody"
    with serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path / "data")]) as served:
        found = _gathered(tmp_path / "data", int(served.url.rsplit(":", 1)[1]))
        assert (found.answers, found.journal) == ("ours", "in use")
    assert _gathered(tmp_path / "data", port).journal == "whole"


def test_a_port_that_swallows_is_told(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "ANSWERS_WITHIN_S", 0.05)
    assert facts.who_answers("127.0.0.1", listener.getsockname()[1]) == "blocked"


def test_a_damaged_journal_is_told_and_left_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "saywhen.db").write_bytes(b"no journal at all")
    told = _gathered(tmp_path, 1)
    assert told.journal not in ("whole", "new", "in use")
    assert (tmp_path / "saywhen.db").read_bytes() == b"no journal at all"


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    told = _gathered(tmp_path / "new" / "data", 1)
    assert told.is_writable and told.journal == "new" and told.sync_ms is not None
    assert not (tmp_path / "new").exists()


def test_the_command_prints_every_finding_and_fails_where_one_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["doctor", "--host", "127.0.0.1", "--port", "1", "--data-dir", str(tmp_path)]
    assert cli.main(asked) == 1
    said = capsys.readouterr().out
    assert "fail  network" in said and "leave out --host" in said and "ok    journal" in said


def _gathered(folder: Path, port: int) -> Facts:
    settings = Settings(host="127.0.0.1", port=port, data_dir=folder)
    return facts.gather(settings, "127.0.0.1", RealClock())


def test_findings_are_short_enough_for_a_terminal() -> None:
    for ill, *_ in ILLS:
        for one in findings(dataclasses.replace(WELL, **ill)):
            assert isinstance(one, Finding) and len(one.text) < 80 and len(one.do) < 90


PUBLIC = "https://say.example"
OF_THE_OPERATOR: list[tuple[Public, Verdict, str]] = [
    (Public(PUBLIC, "ours", True, True, True), OK, ""),
    (Public(PUBLIC, "other"), FAIL, "proxy"),
    (Public(PUBLIC, "nobody"), FAIL, "name"),
    (Public(PUBLIC, "blocked"), FAIL, "firewall"),
    (Public(PUBLIC, "untrusted", why="expired"), FAIL, "clock"),
    (Public(PUBLIC, "ours", False), FAIL, "Host"),
    (Public(PUBLIC, "ours", True, False, True), FAIL, "Set-Cookie"),
    (Public(PUBLIC, "ours", True, True, False), FAIL, "Upgrade"),
    (Public(PUBLIC, "ours"), WARN, "again"),
]


@pytest.mark.parametrize(("public", "verdict", "do"), OF_THE_OPERATOR)
def test_what_stands_before_the_server_is_named_with_what_to_do(
    public: Public, verdict: Verdict, do: str
) -> None:
    found = findings(dataclasses.replace(WELL, public=public))
    [(told, text, says)] = [(f.verdict, f.text, f.do) for f in found if f.topic == "public"]
    assert told is verdict and do in says and len(text) < 80 and len(says) < 90


def test_it_comes_by_the_public_address_as_a_phone_does_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    """Straight, and through proxies that lose what a phone needs."""
    with serving([*SERVE, "--port", "0", "--data-dir", str(tmp_path / "data")]) as served:
        port = int(served.url.rsplit(":", 1)[1])
        assert look_at(served.url) == Public(served.url, "ours", True, True, True)
        for lost, fact in (
            (b"upgrade:", "has_sockets"),
            (b"cookie:", "has_cookies"),
            (b"set-cookie:", "has_cookies"),
            (b"host:", "is_origin_known"),
        ):
            with losing_proxy(port, lost) as url:
                public = look_at(url)
            assert getattr(public, fact) is False, lost
        metrics = urllib.request.urlopen(f"{served.url}/metrics").read().decode()
        rooms = [line for line in metrics.splitlines() if re.match(r"saywhen_rooms\b.* ", line)]
        assert rooms and all(float(line.split()[-1]) == 0 for line in rooms)
    assert look_at("http://127.0.0.1:9").answers == "nobody"


@contextlib.contextmanager
def losing_proxy(port: int, lost: bytes) -> Iterator[str]:
    """A proxy that spoils one header, both ways; the name it passes on as Host is its own."""

    def spoil(data: bytes) -> bytes:
        if lost == b"host:":
            return re.sub(rb"(?i)host: [^\r]*", b"host: inside:8000", data, count=1)
        return re.sub(rb"(?i)\r\n" + lost, b"\r\nx-" + lost, data, count=1)

    def carry(here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65_536):
                there.sendall(spoil(data))
        with contextlib.suppress(OSError):
            there.shutdown(socket.SHUT_WR)

    def pair(phone: socket.socket) -> None:
        with phone, socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=carry, args=(server, phone), daemon=True)
            back.start()
            carry(phone, server)
            back.join()

    def take(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=pair, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=take, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
