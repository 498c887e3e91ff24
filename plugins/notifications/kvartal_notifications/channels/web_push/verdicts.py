"""What the answers of push services mean (RFC 8030)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.push.answers import Answer, retry_after
from kvartal_notifications.channels.push.problems import PushProblem

__all__ = ["outcome_of"]

AFTER_QUOTA = timedelta(minutes=1)
_GONE = Outcome(verdict=Verdict.ADDRESS_GONE, problem=PushProblem.UNREGISTERED)
# A browser subscribes for one key: after the installation's was changed, it must subscribe anew.
_DENIED = Outcome(verdict=Verdict.REFUSED, problem=PushProblem.FORBIDDEN)
_BY_STATUS: Mapping[int, Outcome] = {
    400: Outcome(verdict=Verdict.REFUSED, problem=PushProblem.MESSAGE_REFUSED),
    401: _DENIED,
    403: _DENIED,
    404: _GONE,
    410: _GONE,
    413: Outcome(verdict=Verdict.REFUSED, problem=PushProblem.TOO_LARGE),
}


def outcome_of(answer: Answer, now: datetime) -> Outcome:
    """What has come of an attempt; with ``retry_at``, the service is not asked before then."""
    if 200 <= answer.status < 300:
        return Outcome(verdict=Verdict.SENT)
    if answer.status == 429:
        retry_at = retry_after(answer.headers, now) or now + AFTER_QUOTA
        return Outcome(verdict=Verdict.LATER, problem=PushProblem.QUOTA_EXCEEDED, retry_at=retry_at)
    if answer.status >= 500:
        return Outcome(
            verdict=Verdict.LATER,
            problem=PushProblem.UNAVAILABLE,
            retry_at=retry_after(answer.headers, now),
        )
    unexpected = Outcome(verdict=Verdict.REFUSED, problem=PushProblem.UNEXPECTED_ANSWER)
    return _BY_STATUS.get(answer.status, unexpected)
