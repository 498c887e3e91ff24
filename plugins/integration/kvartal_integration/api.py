"""What other plugins may use of the integration."""

from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.rules import OperationKind, OperationStatus

__all__ = ["OperationFinished", "OperationKind", "OperationStatus"]
