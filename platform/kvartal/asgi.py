"""The web process: ``uvicorn kvartal.asgi:create`` with ``--factory``, or ``kvartal serve``."""

import gc

import uvicorn
from starlette.applications import Starlette

from kvartal.app import create_app
from kvartal.host import Host, load_host
from kvartal.logs import configure_logs
from kvartal.settings import load_settings

__all__ = ["create", "serve"]


def create() -> Starlette:
    """The application from the environment's settings, for a server that makes its processes."""
    settings = load_settings()
    configure_logs(settings)
    app = create_app(load_host(settings))
    gc.freeze()  # what is made at start lives for ever: the collector need not look at it
    return app


def serve(host: Host) -> None:
    """Serve until told to stop."""
    config = uvicorn.Config(
        create_app(host),
        host=host.settings.host,
        port=host.settings.port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=10,
        server_header=False,
        proxy_headers=False,
    )
    gc.freeze()
    uvicorn.Server(config).run()
