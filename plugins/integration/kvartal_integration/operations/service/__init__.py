"""Starting, carrying out and cancelling operations: what the imports and exports stand on."""

from kvartal_integration.operations.service.cancelling import cancel
from kvartal_integration.operations.service.run import Run, running
from kvartal_integration.operations.service.starting import start

__all__ = ["Run", "cancel", "running", "start"]
