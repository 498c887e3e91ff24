"""What makes a process observable from outside, as its settings say: metrics and spans."""

from collections.abc import Iterator
from contextlib import contextmanager

from kvartal.metrics import serving_metrics
from kvartal.settings import Settings
from kvartal.tracing import Process, exporting_spans

__all__ = ["observed"]


@contextmanager
def observed(process: Process, settings: Settings) -> Iterator[None]:
    """Serve metrics and export spans while the block runs."""
    with (
        serving_metrics(settings.metrics_host, settings.metrics_port),
        exporting_spans(process, settings.tracing_endpoint, settings.tracing_ratio),
    ):
        yield
