"""What every answer carries, whatever gives it: headers that keep browsers from mischief, CORS."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeaders", "guards"]

_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_ASKED = ("Authorization", "Content-Type", "GraphQL-Require-Preflight", "Idempotency-Key")
_SHOWN = ("Retry-After", "X-Request-Id")


class SecurityHeaders:
    """Adds the headers that an answer does not set by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        wanted = (*_HEADERS, _HTTPS_ONLY) if scope.get("scheme") == "https" else _HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                own = {name.lower() for name, _ in headers}
                headers += [header for header in wanted if header[0] not in own]
                message["headers"] = headers
            await send(message)

        return await self._app(scope, receive, send_guarded)


def guards(origins: Sequence[str]) -> list[Middleware]:
    """The middleware around the application; pages of these ``origins`` may call it."""
    found = [Middleware(SecurityHeaders)]
    if origins:
        # No credentials: tokens come in a header that a page has to set, never in a cookie.
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(origins),
                allow_methods=["GET", "POST"],
                allow_headers=[*_ASKED, "Accept-Language", "X-Request-Id"],
                expose_headers=list(_SHOWN),
                max_age=7200,
            )
        )
    return found
