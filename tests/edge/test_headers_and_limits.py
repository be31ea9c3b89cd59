"""P13, P14: what every answer carries, and how often anyone may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.errors import AppError, PairingError, Refused
from app.server.problem import problem
from tests.support.app import SAME_SITE, Served, key_of, serve_app


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_app() as one:
        yield one


async def test_every_answer_carries_the_headers(served: Served) -> None:
    @served.app.get("/api/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    static = served.app.state.render.url("icons/icon.svg")
    expected = {"/": 200, "/nowhere": 404, "/api/nowhere": 404, "/api/broken": 500, static: 200}
    for path, status in expected.items():
        answer = await served.http.get(path)
        assert answer.status_code == status, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        is_forever = "immutable" in answer.headers["cache-control"]
        assert is_forever == (path == static)
        assert is_forever or answer.headers["cache-control"] == "no-store"
    invalid = await served.http.post("/api/rooms", json={})
    assert invalid.status_code == 422
    assert "content-security-policy" in invalid.headers


@pytest.mark.parametrize("kind", ["mp4", "webm"])
async def test_a_film_is_given_in_the_parts_that_a_phone_asks_for(
    served: Served, kind: str
) -> None:
    url = served.app.state.render.url(f"media/awake.{kind}")
    whole = await served.http.get(url)
    size = len(whole.content)
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    assert whole.headers["content-type"] == f"video/{kind}" and size <= 10_000
    for asked, status, first, last in (
        ("bytes=0-1", 206, 0, 1),
        ("bytes=100-", 206, 100, size - 1),
        ("bytes=5-99999999", 206, 5, size - 1),
        ("bytes=-5", 200, 0, size - 1),
        (f"bytes={size}-", 416, 0, -1),
    ):
        part = await served.http.get(url, headers={"range": asked})
        assert part.status_code == status, asked
        assert part.content == whole.content[first : last + 1]
        if status == 206:
            assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"


async def test_a_body_over_16_kib_is_refused_announced_or_not(served: Served) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 1024

    announced = await served.http.post("/api/rooms", content=b" " * 17_000)
    chunked = await served.http.post("/api/rooms", content=chunks())
    for answer in (announced, chunked):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_big")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_evening_class_behind_one_door_gets_in_and_a_flood_does_not(
    served: Served,
) -> None:
    """30 pairs within a minute: each starts twice and joins, and two of three mistype."""
    class_of = [await served.start() for _ in range(60)][30:]
    wrong = [(await served.join(code="000000")).status_code for _ in class_of[:20]]
    assert wrong == [404] * 20
    for made in class_of:
        assert (await served.join(key=key_of(made["invitation"]))).status_code == 201
    answer = await served.http.post("/api/rooms", json={"role": "client"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    await served.clock.pass_ms(60_000)
    await served.start()


@pytest.mark.slow
async def test_an_hour_has_room_for_ten_such_minutes(served: Served) -> None:
    for _ in range(10):
        for _ in range(60):
            await served.start()
        await served.clock.pass_ms(60_000)
    page = await served.http.post("/start", headers=SAME_SITE)
    assert (page.status_code, page.headers["retry-after"]) == (429, str(50 * 60))
    assert "try again in 50 min" in page.text
    await served.clock.pass_ms(50 * 60_000)
    await served.start()


async def test_a_person_reads_when_to_try_again(served: Served) -> None:
    for _ in range(60):
        await served.start()
    await served.clock.pass_ms(20_500)
    page = await served.http.post("/start", headers=SAME_SITE)
    assert (page.status_code, page.headers["retry-after"]) == (429, "40")
    assert "try again in 40 s" in page.text
    part = await served.http.post("/host", headers=SAME_SITE | {"hx-request": "true"})
    assert part.status_code == 429 and "again in 40 s" in part.text


async def test_wrong_codes_are_counted_but_a_right_one_still_knocks(served: Served) -> None:
    made = await served.start()
    wrong = [(await served.join(code="000000")).status_code for _ in range(21)]
    assert wrong == [404] * 20 + [429]
    typed = await served.http.post("/join", data={"code": "000000"}, headers=SAME_SITE)
    assert typed.status_code == 429 and "the right one works at once" in typed.text
    assert (await served.join(code=made["invitation"]["code"])).status_code == 202
    await served.clock.pass_ms(60_000)
    assert (await served.join(code="000000")).status_code == 404


def _all(kind: type[AppError]) -> list[type[AppError]]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in _all(sub))]


@pytest.mark.parametrize("kind", _all(AppError), ids=lambda kind: kind.__name__)
def test_every_error_is_a_problem_with_its_code(kind: type[AppError]) -> None:
    error = kind("no_such_room", "text") if kind is PairingError else kind("text")
    answer = problem(error)
    assert answer.status_code == error.status
    assert answer.media_type == "application/problem+json"
    code = error.reason if isinstance(error, Refused) else error.code
    assert f'"code":"{code}"'.encode() in bytes(answer.body)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/nowhere", "", 404, "not_found"),
        ("PUT", "/api/rooms", "{}", 405, "method_not_allowed"),
        ("POST", "/api/rooms", "{", 422, "malformed"),
        ("POST", "/api/rooms", "[]", 422, "malformed"),
        ("POST", "/api/rooms", '{"role":1}', 422, "malformed"),
        ("POST", "/api/rooms", '{"role":"client","more":1}', 422, "malformed"),
        ("POST", "/api/join", "{}", 422, "malformed"),
        ("POST", "/api/rooms", '{"role":"client","routine":"none"}', 422, "no_such_routine"),
    ],
)
async def test_a_bad_call_is_told_as_a_problem(
    served: Served, method: str, path: str, body: str, status: int, code: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await served.http.request(method, path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("field", "value"),
    [("hold_s", 9), ("hold_s", 61), ("reps", 0), ("reps", 6), ("rest_s", 4), ("rest_s", 61),
     ("first_side", "up"), ("stretch", "nothing"), ("warm_up_s", 299), ("warm_up_s", 601)],
)  # fmt: skip
async def test_a_bad_routine_names_its_field(served: Served, field: str, value: int | str) -> None:
    item = {"stretch": "hamstring_raise", "hold_s": 20, "reps": 2}
    routine: dict[str, object] = {"items": [item]}
    (routine if field == "warm_up_s" else item)[field] = value
    answer = await served.http.post("/api/rooms", json={"role": "client", "routine": routine})
    assert answer.status_code == 422
    assert field in answer.json()["detail"]
