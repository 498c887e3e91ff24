"""Until when the past is settled: whoever reads on from where they stopped must miss nothing.

A row is stamped while its transaction runs and appears when it commits; another one, stamped later,
may have appeared before. A reader that had gone on beyond the first would never meet it.
"""

from datetime import datetime, timedelta

from kvartal import clock
from kvartal.db.connection import fetch_one

__all__ = ["settled_until"]

# Between the stamp and the first lock of a transaction, and between the clocks of processes.
MARGIN = timedelta(seconds=2)


async def settled_until() -> datetime:
    """The instant before which no row will appear any more that our clock has stamped.

    Ask before the statement that reads: that one sees nothing of what runs now, and what it would
    be told of running transactions is younger than what it sees.
    """
    now = clock.now()
    # How long they run is told by the database's clock alone, however ours may go.
    row = await fetch_one(
        # lint-skip: clock -- see above
        "SELECT max(clock_timestamp() - xact_start) AS age FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
    )
    age: timedelta | None = row["age"] if row else None
    return now - (age or timedelta()) - MARGIN
