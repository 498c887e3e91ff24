"""Whether a window is open on a day, as a condition of SQL; `state_on` decides it in Python."""

__all__ = ["window_is_open"]


def window_is_open(settings: str, day: str) -> str:
    """The condition that the window of the row ``settings`` is open on ``day``, a column.

    Days beyond the month's end mean its last day; a window over the end of the month is open up to
    its end and from its start.
    """
    number = f"extract(day FROM {day})"
    last = f"extract(day FROM date_trunc('month', {day}) + interval '1 month - 1 day')"
    start, end = f"least({settings}.start_day, {last})", f"least({settings}.end_day, {last})"
    return (
        f"({settings}.start_day IS NULL OR CASE WHEN {settings}.start_day <= {settings}.end_day"
        f" THEN {number} BETWEEN {start} AND {end}"
        f" ELSE {number} <= {end} OR {number} >= {start} END)"
    )
