"""Every error as an answer: problem+json for programs, a page that says what to do for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, Refused, TooFast
from app.server.problem import details, problem

log = structlog.get_logger()


def problem_for(request: Request, error: AppError) -> Response:
    """Return an AppError as its reader needs it: details for a program, a page for a person."""
    told = problem(error)
    if _is_for_programs(request):
        return told
    code = error.reason if isinstance(error, Refused) else error.code
    wait_s = error.retry_after_s if isinstance(error, TooFast) else 0
    page = _page(request, error.status, code, wait_s, getattr(error, "why", ""))
    if wait_s:
        page.headers["retry-after"] = told.headers["retry-after"]
    return page


CODES = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}


def install(app: FastAPI) -> None:
    """Handle every error of the app in one place."""

    async def on_app_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, AppError)
        return problem_for(request, error)

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = CODES.get(error.status_code, "bad_request")
        if _is_for_programs(request):
            headers = dict(error.headers or {})
            return details(error.status_code, code, str(error.detail), headers)
        return _page(request, error.status_code, code)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        detail = f"{field}: {first['msg']}" if field else str(first["msg"])
        if _is_for_programs(request):
            return details(422, "malformed", detail, field=field)
        return _page(request, 422, "malformed")

    async def on_bug(request: Request, error: Exception) -> Response:
        log.error("request_failed", error=type(error).__name__, exc_info=error)
        if _is_for_programs(request):
            return details(500, "error", "Something went wrong here. Try again.")
        return _page(request, 500, "error")

    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_middleware(Bugs, answer=on_bug)


class Bugs:
    """ASGI middleware: answers for a bug. Starlette's own answer would lack our headers."""

    def __init__(
        self, app: ASGIApp, answer: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through; if an answer has begun already, the server has to break it off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as e:
            if has_begun:
                raise
            await (await self._answer(Request(scope), e))(scope, receive, send)


def _is_for_programs(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def _page(request: Request, status: int, code: str, wait_s: int = 0, reason: str = "") -> Response:
    # A request that picks one element out of a whole page would find nothing in a part.
    is_whole = request.headers.get("hx-request-type") == "full"
    is_part = request.headers.get("hx-request") == "true" and not is_whole
    template = "parts/error.html" if is_part else "pages/error.html"
    values = {"code": code, "status": status, "wait_s": wait_s, "reason": reason}
    response: Response = request.app.state.render.page(
        request, template, status_code=status, **values
    )
    return response
