"""The plain http page on which a phone comes to trust this machine, and nothing else.

It says what trusting means, gives the CA as phones take it, and sends everything else to https.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.config import Settings
from app.https.certificates import der, fingerprint
from app.https.keeper import Keeper
from app.https.profile import profile
from app.screen.render import Render
from app.web import middleware
from app.web.answers import page
from app.web.files import static

router = APIRouter(include_in_schema=False)
CERTIFICATE = "/saywhen.crt"
PROFILE = "/saywhen.mobileconfig"


def create_trust_app(
    settings: Settings, render: Render, keeper: Keeper, https_port: int
) -> FastAPI:
    """Build the app. The CA is read each time: it may change while the server runs."""
    app = FastAPI(title="Say When", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings, app.state.render = settings, render
    app.state.keeper, app.state.https_port = keeper, https_port
    app.include_router(router)
    middleware.install(app)
    return app


@router.get("/")
async def steps(request: Request) -> Response:
    """Show what to do on this phone, once."""
    ca = request.app.state.keeper.ca.read_bytes()
    return page(
        request,
        "pages/trust.html",
        https=_https(request),
        fingerprint=fingerprint(ca),
        before=request.app.state.keeper.before,
        certificate=CERTIFICATE,
        profile=PROFILE,
    )


@router.get(CERTIFICATE)
async def certificate(request: Request) -> Response:
    """Return the CA as Android and laptops take it."""
    ca = request.app.state.keeper.ca.read_bytes()
    return Response(der(ca), media_type="application/x-x509-ca-cert")


@router.get(PROFILE)
async def apple_profile(request: Request) -> Response:
    """Return the CA as an iPhone takes it."""
    ca, render = request.app.state.keeper.ca.read_bytes(), request.app.state.render
    title, explained = render.html("parts/profile.txt").strip().split("\n", 1)
    media_type = "application/x-apple-aspen-config"
    return Response(profile(ca, title, explained), media_type=media_type)


router.add_api_route("/static/{tree}/{name:path}", static)  # what the page is drawn with


@router.get("/{path:path}")
async def elsewhere(request: Request, path: str) -> Response:
    """Send whoever typed http for a page of the app to that page."""
    return RedirectResponse(f"{_https(request)}/{path}", 307)


def _https(request: Request) -> str:
    """Return the https address at the same host that this request came to."""
    host = request.url.hostname or ""
    if not host or not all(c.isalnum() or c in ".-:" for c in host):
        raise HTTPException(400)
    named = f"[{host}]" if ":" in host else host
    return f"https://{named}:{request.app.state.https_port}"
