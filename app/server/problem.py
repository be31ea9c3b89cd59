"""An error as RFC 9457 problem details. Knows no route and no page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from app.errors import AppError, Forbidden, Refused, TooFast


def problem(error: AppError) -> JSONResponse:
    """Return an AppError as RFC 9457 problem details, with its machine word in `code`."""
    code = error.reason if isinstance(error, Refused) else error.code
    headers = {"retry-after": str(error.retry_after_s)} if isinstance(error, TooFast) else {}
    more = {"reason": error.why} if isinstance(error, Forbidden) else {}
    return details(error.status, code, str(error), headers, **more)


def details(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return problem details with these parts."""
    body = {
        "type": f"about:blank#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return JSONResponse(body, status, headers, media_type="application/problem+json")
