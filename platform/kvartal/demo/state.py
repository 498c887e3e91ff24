"""What the demo keeps between its starts, in a directory of its own."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from kvartal.auth.tokens import new_service_token
from kvartal.embedded import EmbeddedPostgres, EmbeddedValkey
from kvartal.supervised import write_private

__all__ = ["DemoState"]

HALF_A_DAY = 12 * 3600  # a chosen day begins at its noon


@dataclass(frozen=True, slots=True)
class DemoState:
    """The demo's directory: the servers' data, the logs, and a few small files."""

    root: Path

    def open(self) -> None:
        """Make the directory if there is none."""
        self.root.mkdir(parents=True, exist_ok=True)

    def forget(self) -> None:
        """Delete what earlier starts have left, unless a demo still runs there."""
        EmbeddedPostgres(self.root / "postgres").forget()
        EmbeddedValkey(self.root / "valkey").forget()
        for name in ("secret-key", "integrator-token", "clock-offset"):
            (self.root / name).unlink(missing_ok=True)

    def secret_key(self) -> str:
        """What signs the access tokens."""
        return self._kept("secret-key", secrets.token_urlsafe(48))

    def integrator_token(self) -> str:
        """The integrator's credential, the same at each start."""
        return self._kept("integrator-token", new_service_token())

    def clock_offset(self, chosen: int | None) -> int:
        """The shift of the clock in seconds: the chosen one, else that of the last start.

        A day that was chosen before goes on where it is: what has happened in it stays the past.
        """
        kept = int(self._kept("clock-offset", "0" if chosen is None else str(chosen)))
        if chosen is None or 0 <= kept - chosen < HALF_A_DAY:
            return kept
        write_private(self.root / "clock-offset", str(chosen))
        return chosen

    def log(self, process: str) -> Path:
        """Where a process of the demo logs."""
        return self.root / f"{process}.log"

    def _kept(self, name: str, fresh: str) -> str:
        path = self.root / name
        if not path.exists():
            write_private(path, fresh)
        return path.read_text().strip()
