"""A schedule in one line, in both languages."""

import pytest

from kvartal import text
from kvartal_integration.schedules.rules import Schedule
from kvartal_integration.schedules.wording import spoken


@pytest.fixture(autouse=True)
def catalogues() -> None:
    text.load(["kvartal_meters", "kvartal_integration"])


@pytest.mark.parametrize(
    ("fields", "russian", "english"),
    [
        ({"hours": "2"}, "каждый день в 02:00", "every day at 02:00"),
        ({"minutes": "19"}, "каждый час в 19 минут", "every hour at 19 minutes past"),
        ({"minutes": "21"}, "каждый час в 21 минуту", "every hour at 21 minutes past"),
        (
            {"minutes": "0,15,32"},
            "каждый час в 0, 15 и 32 минуты",
            "every hour at 0, 15 and 32 minutes past",
        ),
        (
            {"hours": "8", "days": "13", "weekdays": "5"},
            "13 числа по пятницам в 08:00",
            "on day 13 on Fridays at 08:00",
        ),
        (
            {"minutes": "30", "hours": "8,20", "days": "1,15"},
            "1 и 15 числа в 08:30 и 20:30",
            "on days 1 and 15 at 08:30 and 20:30",
        ),
        (
            {"hours": "4", "months": "1,7"},
            "каждый день в январе и июле в 04:00",
            "every day in January and July at 04:00",
        ),
        (
            {"hours": "4", "days": "1", "months": "1"},
            "1 числа в январе в 04:00",
            "on day 1 in January at 04:00",
        ),
        (
            {"minutes": "5", "weekdays": "1,2,7"},
            "по понедельникам, вторникам и воскресеньям каждый час в 5 минут",
            "on Mondays, Tuesdays and Sundays every hour at 5 minutes past",
        ),
        (
            {"minutes": "0,20,41", "hours": "8,12,16"},
            "каждый день в 8, 12 и 16 ч. в 0, 20 и 41 минуту",
            "every day in the hours 8, 12 and 16 at 0, 20 and 41 minutes past",
        ),
    ],
)
def test_a_schedule_is_said(fields: dict[str, str], russian: str, english: str) -> None:
    schedule = Schedule(**fields)

    assert spoken(schedule, "ru") == russian
    assert spoken(schedule, "en") == english
