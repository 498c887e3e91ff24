"""The console: one self-contained page to try the API by hand, with ready examples.

Not GraphiQL: its builds come from a CDN or weigh megabytes, and the page must work offline.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from importlib.resources import files

import orjson
from starlette.types import Receive, Scope, Send

from kvartal.plugin import Example

__all__ = ["Console", "Example"]


class Console:
    """The ASGI application that serves the page."""

    def __init__(self, examples: Sequence[Example] = (), *, title: str = "Kvartal") -> None:
        page = (
            files("kvartal.graphql.transports").joinpath("static/console.html").read_text("utf-8")
        )
        # In a script element nothing but "</" and "<!--" could end the JSON early.
        coded = orjson.dumps([asdict(example) for example in examples]).decode()
        coded = coded.replace("<", "\\u003c")
        self._page = page.replace("__TITLE__", escape(title)).replace("__EXAMPLES__", coded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(16)
        body = self._page.replace("__NONCE__", nonce).encode()
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            "img-src data:; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"content-security-policy", policy.encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
