"""The command `saywhen`. A fault at the start is one line on stderr and exit 2."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import segno

from app import __version__, config
from app.config import ASSETS, Settings
from app.errors import AppError
from app.https.addresses import EVERY, EVERY_IPV4, for_phones

if TYPE_CHECKING:  # slow to load, and not needed for a wrong setting
    from app.serve import Ready
    from app.serve_https import Trust

FAULT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run `saywhen` with these arguments and return the exit code."""
    args = vars(_parser().parse_args(argv))
    try:
        match args.pop("command"):
            case "serve":
                _serve(config.load(os.environ, args))
            case "doctor":
                return _doctor(config.load(os.environ, args))
            case "backup":
                _backup(_folder(args["data_dir"]), args["file"])
            case "restore":
                _restore(_folder(args["data_dir"]), args["file"])
            case "check-content":
                _check_content(args["folder"])
    except AppError as e:
        print(f"saywhen: {' '.join(str(e).split())}", file=sys.stderr)
        return FAULT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="saywhen",
        description="Two phones, one stretching session: the one who is stretched says when.",
        epilog="Every setting can also be given as SAYWHEN_<NAME> in the environment.",
    )
    parser.add_argument("--version", action="version", version=f"saywhen {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve phones in this network")
    doctor = commands.add_parser(
        "doctor", help="look for what keeps phones away, and say what to do"
    )
    for parser_ in (serve, doctor):
        _add_place(parser_)
    serve.add_argument(
        "--trusted-proxy",
        metavar="ADDRESS[,ADDRESS]",
        help="proxies whose X-Forwarded-For and -Proto are believed (default: none)",
    )
    serve.add_argument(
        "--trust-port",
        metavar="PORT",
        help="with --https: port of the plain page on which phones do that (default 8080)",
    )
    serve.add_argument(
        "--journal",
        metavar="KIND",
        help="sqlite (default), memory: all is gone at exit, or nats://A,B,C: shared by servers",
    )
    serve.add_argument(
        "--i-accept-loss",
        action="store_const",
        const=True,
        help="use an engine that may lose sessions: one node, or one that does not write through",
    )
    serve.add_argument(
        "--drain-s",
        metavar="S",
        help="seconds that an end waits for rooms with hands on (default 2)",
    )
    _add_copies(commands)
    check = commands.add_parser("check-content", help="check stretches, routines and safety")
    check.add_argument("folder", nargs="?", type=Path, default=ASSETS / "content")
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default 0.0.0.0: every one)")
    parser.add_argument("--port", help="port to listen on (default 8000; 0: any free one)")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the journal (default data)")
    parser.add_argument(
        "--public-url", metavar="URL", help="what phones reach this server by, if not its address"
    )
    parser.add_argument(
        "--https",
        action="store_const",
        const=True,
        help="https by this machine's own certificate, which each phone has to trust once",
    )


def _add_copies(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="copy the journal, also while the server runs")
    backup.add_argument("file", metavar="FILE", type=Path, help="new file for the copy")
    restore = commands.add_parser("restore", help="put a copy in place of the journal")
    restore.add_argument("file", metavar="FILE", type=Path, help="a copy made by backup")
    for parser in (backup, restore):
        parser.add_argument("--data-dir", metavar="DIR", help="the server's folder (default data)")


def _folder(data_dir: str | None) -> Path:
    return config.load(os.environ, {"data_dir": data_dir}).data_dir


def _backup(folder: Path, into: Path) -> None:
    from app.serve import backup

    backup(folder, into)
    print(f"The journal of {str(folder)!r} is copied into {str(into)!r}.")


def _restore(folder: Path, file: Path) -> None:
    from app.serve import restore

    done = restore(folder, file)
    was = f"; the one before is now {str(done.before)!r}" if done.before else ""
    out = f"; rooms deleted since, and left out: {done.left_out}" if done.left_out else ""
    print(f"The journal of {str(folder)!r} is now that of {str(file)!r}{was}{out}.")


def _serve(settings: Settings) -> None:
    from app.serve import serve  # not needed, and slow to load, for a wrong setting

    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the QR code's blocks
    serve(settings, lambda ready: _announce(settings, ready))


def _announce(settings: Settings, ready: Ready) -> None:
    host = _reachable(settings.host)
    scheme = "https" if settings.https else "http"
    url = settings.public_url or f"{scheme}://{host}:{ready.port}"
    if ready.trust is not None:
        _announce_trust(host, ready.trust)
    segno.make(url, error="l").terminal(compact=True)
    print(f"Say When is ready: {url}")
    if settings.public_url is None and for_phones(settings.host):
        print("Open it on both phones, in the same Wi-Fi as this machine. Ctrl+C ends it.")
    elif settings.public_url is None:
        print("Phones can't reach it: it listens on this machine alone. End it with Ctrl+C, and")
        print("start it with `make run`, or with --host 0.0.0.0.")
    sys.stdout.flush()


def _announce_trust(host: str, trust: Trust) -> None:
    """Print first what each phone needs once."""
    page = f"http://{host}:{trust.port}"
    segno.make(page, error="l").terminal(compact=True)
    print(f"First, once on each phone: {page}")
    print(f"Its certificate's fingerprint: {trust.fingerprint}")
    if trust.is_new:
        print("It is a new one: phones that trusted the one before have to trust this one too.")
    if host.strip("[]") not in trust.names:
        print(f"saywhen: {host} is no private address: phones will not trust it.", file=sys.stderr)
    print()


def _reachable(host: str) -> str:
    """Return the host by which phones in the same network reach this machine, as URLs spell it."""
    found = next(iter(for_phones(host)), "127.0.0.1" if host in (EVERY, EVERY_IPV4) else host)
    return f"[{found}]" if ":" in found else found


def _doctor(settings: Settings) -> int:
    """Print every finding; return 1 if one of them keeps phones away."""
    from app.clock import RealClock
    from app.doctor.checks import Verdict, findings
    from app.doctor.facts import gather

    found = findings(gather(settings, _reachable(settings.host).strip("[]"), RealClock()))
    for one in found:
        print(f"{one.verdict.name.lower():<5} {one.topic:<9} {one.text}")
        if one.do:
            print(f"{'':<15} {one.do}")
    return int(any(one.verdict is Verdict.FAIL for one in found))


def _check_content(folder: Path) -> None:
    from app.content.library import load_library

    library = load_library(folder)
    print(f"content is good: {len(library.stretches)} stretches, {len(library.presets)} routines")
