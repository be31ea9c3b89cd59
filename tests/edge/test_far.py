"""A phone at another server than its room's is told in order, and fills no more than its share."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import PairingError
from app.live.far import FAILED, HANDS, LATER, NOW, TAKEN, TEXT, UNTAKEN_BYTES, FarConnection
from app.live.far import FarPhone as Far_Phone
from app.protocol.constants import CLOSE_RESTARTING
from tests.support.clock import ManualClock


class Recorder:
    """In the place of `Far`: it notes what is sent."""

    srv = "here"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.here: dict[bytes, Any] = {}
        self.gone: list[bytes] = []

    def send(self, srv: str, way: str, data: bytes) -> None:
        self.sent.append((srv, way, data))

    def forget(self, sid: bytes) -> None:
        self.here.pop(sid, None)

    def near_gone(self, sid: bytes) -> None:
        self.gone.append(sid)


class Shake:
    sid, back = "12345678", "there"


class Room:
    class state:
        is_hands_on = False


class Listener:
    def __init__(self) -> None:
        self.flushed = 0
        self.read_: list[str | None] = []
        self.left = 0

    def read(self, text: str | None) -> float:
        self.read_.append(text)
        return 0.0

    def flush(self) -> None:
        self.flushed += 1

    def leave(self) -> None:
        self.left += 1


class Live:
    """A connection that takes what it has room for."""

    is_writable = True

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.ended: list[int] = []

    def end(self, code: int) -> None:
        self.ended.append(code)

    def attach(self, phone: Any) -> None:
        pass

    def write(self, frames: bytes) -> None:
        self.told.append(frames)

    write_now = write


@pytest.fixture
def near() -> tuple[FarConnection, Recorder, Listener]:
    far, phone = Recorder(), Listener()
    live = FarConnection(far, Shake)  # type: ignore[arg-type]
    live.room = Room  # type: ignore[assignment]
    live.attach(phone)
    return live, far, phone


def test_no_more_is_on_its_way_to_a_far_phone_than_its_share(
    near: tuple[FarConnection, Recorder, Listener],
) -> None:
    live, far, phone = near
    while live.is_writable:
        live.write(b"x" * 500)
    assert UNTAKEN_BYTES <= sum(len(data) - 9 for _, _, data in far.sent) < UNTAKEN_BYTES + 500
    live.hear(TAKEN, b"400")
    assert not live.is_writable and phone.flushed == 0
    live.hear(TAKEN, b"2000")
    assert live.is_writable and phone.flushed == 1


def test_a_far_phone_that_is_cut_leaves_its_room_once(
    near: tuple[FarConnection, Recorder, Listener],
) -> None:
    live, far, phone = near
    live.cut()
    live.cut()
    live.leave()
    assert phone.left == 1 and far.gone == [b"12345678"]
    assert far.sent == [("there", "down", b"12345678x%d" % FAILED)]


def test_what_a_far_phone_says_is_read_at_home(
    near: tuple[FarConnection, Recorder, Listener],
) -> None:
    live, _, phone = near
    live.hear(TEXT, "é".encode())
    live.hear(b"b", b"")
    assert phone.read_ == ["é", None]


def test_frames_keep_their_order_while_a_phone_is_slow_but_an_alert_waits_for_none() -> None:
    far, live = Recorder(), Live()
    phone = Far_Phone(far, {}, live, ManualClock())  # type: ignore[arg-type]
    phone.hear(LATER, b"1")  # before its socket is accepted
    phone.begin()
    live.is_writable = False
    phone.hear(LATER, b"2")
    phone.hear(NOW, b"!")
    live.is_writable = True
    phone.hear(HANDS, b"3")
    assert live.told == [b"1", b"!"]
    phone.flush()
    phone.hear(LATER, b"4")
    assert live.told == [b"1", b"!", b"2", b"3", b"4"]


def test_a_phones_server_says_what_was_taken_now_and_then_and_only_that() -> None:
    far, live = Recorder(), Live()
    phone = Far_Phone(far, {}, live, ManualClock())  # type: ignore[arg-type]
    phone.begin()
    for _ in range(10):
        phone.hear(LATER, b"x" * 300)
    live.is_writable = False
    phone.hear(LATER, b"x" * 3_000)
    said = [int(data[1:]) for _, _, data in far.sent]
    assert said == [1_200, 2_400] and all(data[:1] == TAKEN for _, _, data in far.sent)


@pytest.mark.parametrize("problem", [RuntimeError("a bug"), PairingError("no_such_room", "gone")])
async def test_a_phone_whose_room_can_not_be_found_again_is_sent_to_come_back(
    monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    async def nowhere(scope: Any) -> None:
        raise problem

    monkeypatch.setattr("app.live.far.admitted", nowhere)
    live = Live()
    phone = Far_Phone(Recorder(), {}, live, ManualClock())  # type: ignore[arg-type]
    phone.begin()
    await phone.anew()
    assert live.ended == [CLOSE_RESTARTING]
