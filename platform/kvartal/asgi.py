"""The web process: ``uvicorn kvartal.asgi:create`` with ``--factory``, or ``kvartal serve``."""

import gc

import uvicorn
from starlette.applications import Starlette

from kvartal.app import create_app
from kvartal.graphql.transports.frames import LightSocket
from kvartal.graphql.transports.patience import patient
from kvartal.host import Host, load_host
from kvartal.logs import configure_logs
from kvartal.settings import Settings, load_settings

__all__ = ["create", "serve", "server_config"]


def create() -> Starlette:
    """The application from the environment's settings, for a server that makes its processes."""
    settings = load_settings()
    configure_logs(settings)
    app = create_app(load_host(settings))
    _spare_collector()
    return app


def _spare_collector() -> None:
    """Let the collector of cycles look at less, and less often."""
    gc.freeze()  # what is made at start lives for ever
    # Thousands of open sockets are much to walk through, during which the loop stands still.
    gc.set_threshold(20_000, 20, 50)


def server_config(app: Starlette, settings: Settings) -> uvicorn.Config:
    """How the web process serves."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=patient(
            header_seconds=settings.limit_header_seconds, header_bytes=settings.limit_header_bytes
        ),
        log_config=None,
        access_log=False,
        ws=LightSocket,
        ws_per_message_deflate=False,
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=10,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


def serve(host: Host) -> None:
    """Serve until told to stop."""
    server = uvicorn.Server(server_config(create_app(host), host.settings))
    _spare_collector()
    server.run()
