"""Run a command under what a systemd unit forbids its processes, without systemd.

`python -m tests.support.confined UNIT COMMAND...` takes NoNewPrivileges, MemoryDenyWriteExecute,
SystemCallFilter and RestrictAddressFamilies from the unit. What needs mounts or another user is
left out.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, REFUSE_EXEC_GAIN = 38, 65, 1
ALLOW, REFUSE, EQUAL = 0x7FFF0000, 0x00050000 | errno.EPERM, 4
SECCOMP = ctypes.util.find_library("seccomp")
CAN = SECCOMP is not None and shutil.which("systemd-analyze") is not None


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("more", ctypes.c_uint64),
    )


def settings(unit: Path, name: str) -> list[str]:
    """Return every value that a unit has under a name, in order."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


@cache
def _calls(group: str) -> frozenset[str]:
    if not group.startswith("@"):
        return frozenset({group})
    asked = ["systemd-analyze", "syscall-filter", group]
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split("\n")[1:]
    names = [line.strip() for line in said if line.strip() and not line.strip().startswith("#")]
    return frozenset().union(*(_calls(name) for name in names))


def allowed_calls(unit: Path) -> frozenset[str]:
    """List the system calls that a unit's filter leaves."""
    allowed: frozenset[str] = _calls("@default")
    for value in settings(unit, "SystemCallFilter"):
        groups = [_calls(group) for group in value.removeprefix("~").split()]
        named = frozenset().union(*groups)
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed


def _filter(unit: Path) -> None:
    library = ctypes.CDLL(SECCOMP)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(REFUSE))
    # Root hands over what it makes; the unit's user has nothing to hand over.
    of_root = {"chown"} if os.geteuid() == 0 else set()
    for name in allowed_calls(unit) - {"socket"} | of_root:
        number = library.seccomp_syscall_resolve_name(name.encode())
        library.seccomp_rule_add(context, ALLOW, number, 0)  # one of another machine: no matter
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in settings(unit, "RestrictAddressFamilies")[0].split():
        compare = Compare(0, EQUAL, int(getattr(socket, family)), 0)
        _check(library.seccomp_rule_add_array(context, ALLOW, number, 1, ctypes.byref(compare)))
    _check(library.seccomp_load(context))


def _check(answer: int) -> None:
    if answer != 0:
        raise OSError(-answer, os.strerror(-answer))


def confine(unit: Path) -> None:
    """Drop, for ever, what the unit forbids."""
    kernel = ctypes.CDLL(None, use_errno=True)
    assert settings(unit, "NoNewPrivileges") == settings(unit, "MemoryDenyWriteExecute") == ["yes"]
    _check(kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if kernel.prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
        print("this kernel is too old for PR_SET_MDWE", file=sys.stderr)
    _filter(unit)


def main(unit: str, command: Sequence[str]) -> None:
    confine(Path(unit))
    os.execvp(command[0], [*command])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
