"""Starting and ending: a fault is one clear line and exit 2, SIGTERM is exit 0."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import segno

from app import cli, config, logs
from app.config import Settings
from app.errors import ConfigError
from app.serve import Ready
from app.server.listen import SEND_BUFFER_BYTES, UNANSWERED_MS, listen
from tests.support.serving import STARTS_WITHIN_S, serving, start

APP = [sys.executable, "-m", "app"]


def _fault(*args: str, **env: str) -> str:
    """Run to the end and give the one line it said; anything else fails."""
    with start([*APP, *args], None, **env) as server:
        out, err = server.communicate(timeout=STARTS_WITHIN_S)
    assert (server.returncode, out) == (2, ""), err
    assert err.endswith("\n") and err.count("\n") == 1, err
    return err


@pytest.fixture
def taken_port() -> Iterator[int]:
    with listen("127.0.0.1", 0) as sock:
        yield sock.getsockname()[1]


def test_a_port_in_use_is_one_line(taken_port: int, tmp_path: Path) -> None:
    said = _fault("serve", "--host", "127.0.0.1", f"--port={taken_port}", f"--data-dir={tmp_path}")
    assert f"Port {taken_port} is in use" in said
    assert list(tmp_path.iterdir()) == []  # nothing half started


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = _fault("serve", "--port=0", f"--data-dir={tmp_path / 'file' / 'data'}")
    assert "Can't write" in said and "--data-dir" in said


def test_a_wrong_setting_in_the_environment_is_one_line() -> None:
    assert "SAYWHEN_PORT is 'http'" in _fault("serve", SAYWHEN_PORT="http")


def test_a_journal_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "saywhen.db").write_bytes(b"not a database" * 100)
    assert "saywhen: " in _fault("serve", "--port=0", f"--data-dir={tmp_path}")


def test_a_journal_from_a_newer_version_is_one_line(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "saywhen.db")) as database:
        database.execute("PRAGMA user_version = 999")
    said = _fault("serve", "--port=0", f"--data-dir={tmp_path}")
    assert "newer" in said


def test_it_tells_the_address_serves_and_ends_in_time_with_exit_0(tmp_path: Path) -> None:
    command = [*APP, "serve", "--host=127.0.0.1", "--port=0", f"--data-dir={tmp_path / 'data'}"]
    with serving(command) as server:
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as phone:
            phone.sendall(b"GET /readyz HTTP/1.1\r\nHost: say.when\r\n\r\n")
            answer = phone.recv(4096)
            ended = server.end()
    assert answer.startswith(b"HTTP/1.1 200") and b"server:" not in answer.lower()
    assert ended[0] == 0
    said = [json.loads(line) for line in ended[1].splitlines()]
    busy = "loop_lag"  # a machine that has much to do says so
    assert all(one["level"] in ("debug", "info") or one["event"] == busy for one in said)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_broken_content_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(config.ASSETS / "content", tmp_path / "content")
    (tmp_path / "content" / "routines.toml").write_text("[[routine]\n")
    monkeypatch.setattr("app.main.ASSETS", tmp_path)
    monkeypatch.setattr("app.logs.set_up", lambda settings: None)
    assert cli.main(["serve", "--port=0", "--journal=memory"]) == 2
    serving = capsys.readouterr()
    assert cli.main(["check-content", str(tmp_path / "content")]) == 2
    checking = capsys.readouterr()
    assert serving == checking
    assert "routines.toml" in serving.err and serving.err.count("\n") == 1


@pytest.mark.parametrize(
    ("env", "flags", "said"),
    [
        ({}, {"port": "70000"}, "--port is '70000'"),
        ({}, {"port": "x"}, "--port is 'x'"),
        ({}, {"journal": "paper"}, "--journal is 'paper'"),
        ({}, {"public_url": "say.example"}, "--public-url is 'say.example'"),
        ({}, {"public_url": "https://say.example/app"}, "end after the host"),
        ({}, {"public_url": "https://say.example:99999"}, "--public-url"),
        ({}, {"host": ""}, "--host is ''"),
        ({"SAYWHEN_ROOMS_PER_MIN": "0"}, {}, "SAYWHEN_ROOMS_PER_MIN is '0'"),
        ({"SAYWHEN_PROT": "1"}, {}, "did you mean SAYWHEN_PORT?"),
        ({"SAYWHEN_PORT": "x"}, {"host": "h"}, "SAYWHEN_PORT is 'x'"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(
    env: dict[str, str], flags: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as fault:
        config.load(env, flags)
    assert said in str(fault.value) and "\n" not in str(fault.value)


def test_flags_win_over_the_environment_and_that_over_defaults() -> None:
    env = {"SAYWHEN_PORT": "9000", "SAYWHEN_HOST": "127.0.0.1", "HOME": "/"}
    settings = config.load(env, {"port": "9001", "data_dir": None})
    expected = Settings(port=9001, host="127.0.0.1")
    assert settings == expected and settings.data_dir == Path("data")


def test_a_public_url_is_an_origin() -> None:
    settings = config.load({}, {"public_url": "https://say.example:8443/"})
    assert settings.public_url == "https://say.example:8443" and settings.is_https


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("https://say.example", "https://say.example"),
        ("https://say.example:443", "https://say.example"),
        ("http://say.example:80/", "http://say.example"),
        ("http://say.example:443", "http://say.example:443"),
        ("HTTPS://Say.Example:8443", "https://say.example:8443"),
        ("https://say.example.", "https://say.example"),
        ("https://say.example.:443/", "https://say.example"),
        (" https://say.example:/ ", "https://say.example"),
        ("https://Übung.example", "https://xn--bung-zra.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://XN--bung-zra.example", "https://xn--bung-zra.example"),
        ("https://übung。example", "https://xn--bung-zra.example"),
        ("http://192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("http://[FD00:0:0::1]:80", "http://[fd00::1]"),
        ("http://sofa", "http://sofa"),
        ("http://living_room.local:8000", "http://living_room.local:8000"),
    ],
)
def test_an_origin_is_one_however_it_is_spelt(given: str, spelt: str) -> None:
    assert config.load({}, {"public_url": given}).public_url == spelt
    assert config.spelt(spelt) == spelt


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("https://say.example/room", "end after the host"),
        ("https://say.example/?a=b", "end after the host"),
        ("https://say.example/#x", "end after the host"),
        ("ftp://say.example", "http:// or https://"),
        ("say.example:8000", "http:// or https://"),
        ("https://me@say.example", "http:// or https://"),
        ("https://", "http:// or https://"),
        ("https://say.example:0", "a port from 1 to 65535"),
        ("https://say.example:https", "a port from 1 to 65535"),
        ("https://say .example", "can be looked up"),
        ("https://say..example", "can be looked up"),
        ("https://-say.example", "can be looked up"),
        ("https://192.168.1", "can be looked up"),
        ("https://192.168.1.300", "can be looked up"),
        ("https://[fe80::1%25eth0]", "can be looked up"),
        ("https://[nonsense]", "can be looked up"),
        ("https://\u2028.example", "can be looked up"),
        ("https://" + 64 * "a", "can be looked up"),
    ],
)
def test_what_is_no_origin_is_told_why(given: str, why: str) -> None:
    with pytest.raises(ConfigError) as fault:
        config.load({}, {"public_url": given})
    assert why in str(fault.value) and "\n" not in str(fault.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def test_accepted_sockets_inherit_the_small_buffer_and_the_short_patience() -> None:
    with listen("127.0.0.1", 0) as listener:
        listener.setblocking(True)
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as phone:
            buffer = phone.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            patience = phone.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert buffer <= 2 * SEND_BUFFER_BYTES  # the kernel doubles what it is asked for
            assert patience == UNANSWERED_MS


def test_content_can_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-content"]) == 0
    assert "content is good" in capsys.readouterr().out


def test_a_terminal_shows_a_code_that_holds_the_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli._announce(Settings(public_url="https://say.example"), Ready(8000))
    said = capsys.readouterr().out
    assert "https://say.example" in said
    assert said.count("\n") > segno.make("https://say.example").symbol_size(1, 4)[1] // 2


def test_logs_name_no_room_and_no_whole_address() -> None:
    assert "abc" not in logs.room_key("abc") and logs.room_key("abc") == logs.room_key("abc")
    assert logs.room_key("abc") != logs.room_key("abd")
    assert logs.coarse_address("192.168.7.9") == "192.168.7.0/24"
    assert logs.coarse_address("2001:db8:1:2::9") == "2001:db8:1::/48"
    assert logs.coarse_address("nonsense") == "unknown"
