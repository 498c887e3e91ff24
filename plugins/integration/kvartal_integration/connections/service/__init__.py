"""Connections: set up by the staff, tried by them, opened by imports and exports."""

from kvartal_integration.connections.service.managing import update
from kvartal_integration.connections.service.opening import opened
from kvartal_integration.connections.service.trying import StepResult, Trial, tried

__all__ = ["StepResult", "Trial", "opened", "tried", "update"]
