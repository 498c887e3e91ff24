"""What the tests of meters share: a home with a meter, and the people around it."""

import pytest

from kvartal_meters.testing import Home, a_home, a_reading


@pytest.fixture
async def home(db: None) -> Home:
    """A flat with a resident, and a cold water meter that showed 100.5 in October 2026."""
    found = await a_home()
    await a_reading(found.meter, "2026-10", "100.5")
    return found
