"""P14: whatever a program sends to the HTTP API, the answer is one that the protocol has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.python.asgi import ASGIClient, get_client
from schemathesis.specs.openapi.checks import response_schema_conformance

from app.config import Settings
from app.errors import AppError
from app.main import create_app
from tests.edge.test_headers_and_limits import _all
from tests.support.app import bearer
from tests.support.clock import ManualClock
from tests.support.proof import LONG, proof

EXAMPLES = 12 * min(LONG, 40)  # of each call, each way
PROBLEM = {"type", "title", "status", "detail", "code"}
ERRORS = {error.status for error in _all(AppError)} | {400, 403, 405}  # 400: a body that is no text
NOT_JSON = ("/api/docs", "/healthz", "/readyz", "/metrics")
SEATS = ("client", "partner", "nobody", None)


@pytest.fixture
def api() -> Iterator[tuple[schemathesis.BaseSchema, ASGIClient]]:
    """The app's own description of itself, and a client of the app behind it."""
    chosen = Settings(
        journal="memory",
        rooms_per_min=1_000_000,
        wrong_codes_per_min=1_000_000,
        wrong_codes_per_min_server=1_000_000,
    )
    app = create_app(chosen, clock=ManualClock())
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    with get_client(cast(Any, app)) as client:
        yield schema, client


def start(client: ASGIClient) -> tuple[str, dict[str | None, dict[str, str]]]:
    """Open a room with both phones; returns its id and what each seat sends."""
    made = client.post("/api/rooms", json={"role": "client"}).json()
    key = made["invitation"]["url"].split("#")[1]
    joined = client.post("/api/join", json={"key": key}).json()
    client.cookies.clear()
    tokens = {"client": made["seat"]["token"], "partner": joined["seat"]["token"]}
    headers: dict[str | None, dict[str, str]] = {s: bearer(t) for s, t in tokens.items()}
    return made["room"], headers | {"nobody": bearer("none"), None: {}}


def look_at(case: Case[Any], answer: Response) -> None:
    """An answer of the protocol: what was asked for, or a problem with its machine word."""
    case.validate_response(answer, checks=[not_a_server_error])
    kind = answer.headers["content-type"][0] if "content-type" in answer.headers else ""
    if answer.status_code < 300:
        case.validate_response(answer, checks=[response_schema_conformance])
        assert (
            kind.startswith("application/json")
            or answer.status_code == 204
            or (case.path.startswith(NOT_JSON) or kind.startswith("text/csv"))
        )
        return
    assert answer.status_code in ERRORS, answer.status_code
    assert kind == "application/problem+json", (answer.status_code, kind)
    told = json.loads(answer.content)
    assert set(told) >= PROBLEM and told["status"] == answer.status_code
    assert told["code"] and told["code"].replace("_", "").isalpha()


def ways(operation: Any) -> Iterator[Any]:
    """As described; and, where there is something to get wrong, anything but that."""
    yield operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if operation.body or operation.query:  # any text is a path of the right form
        yield operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


@pytest.mark.prove
def test_no_request_breaks_the_api(api: tuple[schemathesis.BaseSchema, ASGIClient]) -> None:
    schema, client = api
    room, seats = start(client)
    answered: Counter[int] = Counter()

    with proof("P14", "requests made from the API's own description, right and wrong") as p:
        for found in schema.get_all_operations():
            operation = cast(Any, found).ok()
            for cases in ways(operation):

                @settings(
                    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                @given(case=cases, seat=st.sampled_from(SEATS), is_ours=st.booleans())
                def ask(case: Case[Any], seat: str | None, is_ours: bool) -> None:
                    nonlocal room, seats
                    if is_ours and "room" in case.path_parameters:
                        case.path_parameters["room"] = room
                    answer = case.call(session=client, headers=seats[seat])
                    client.cookies.clear()
                    look_at(case, answer)
                    answered[answer.status_code] += 1
                    p.trial()
                    if answer.status_code == 204 and case.method == "DELETE":
                        room, seats = start(client)

                ask()
    assert {200, 201, 204, 403, 404, 409, 422} <= set(answered), answered
