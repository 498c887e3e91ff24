"""What the workers count of deliveries, for Prometheus."""

from prometheus_client import Counter

from kvartal.metrics import REGISTRY

__all__ = ["CARRIED"]

CARRIED = Counter(
    "kvartal_notifications_carried",
    "Deliveries that were sent, skipped, given up, or put off (PENDING).",
    ("channel", "status"),
    registry=REGISTRY,
)
