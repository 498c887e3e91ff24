"""What FCM's answers mean (Firebase, «FCM error codes», «Manage registration tokens»).

A device is forgotten only on FCM's own word: another server's 404 would empty the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.push.answers import Answer, retry_after
from kvartal_notifications.channels.push.batches import later
from kvartal_notifications.channels.push.problems import PushProblem

__all__ = ["AFTER_DENIAL", "FcmError", "outcome_of"]

# As the documentation asks of a 429 that does not say it.
AFTER_QUOTA = timedelta(minutes=1)
AFTER_DENIAL = timedelta(minutes=1)
_BAD_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105 -- words

_BY_CODE: Mapping[str, Outcome] = {
    "UNREGISTERED": Outcome(verdict=Verdict.ADDRESS_GONE, problem=PushProblem.UNREGISTERED),
    # All devices would be forgotten if the operator took another project's key.
    "SENDER_ID_MISMATCH": Outcome(verdict=Verdict.REFUSED, problem=PushProblem.SENDER_ID_MISMATCH),
    # Apple's key is missing or wrong in the project: the operator can set it right.
    "THIRD_PARTY_AUTH_ERROR": later(PushProblem.THIRD_PARTY_AUTH_ERROR),
}
_BY_STATUS: Mapping[int, Outcome] = {
    401: later(PushProblem.UNAUTHENTICATED),
    403: later(PushProblem.FORBIDDEN),
    404: later(PushProblem.UNEXPECTED_ANSWER),
    413: Outcome(verdict=Verdict.REFUSED, problem=PushProblem.TOO_LARGE),
}


@dataclass(frozen=True, slots=True)
class FcmError:
    """An error as FCM tells it: its code, and whether it is about the token."""

    code: str | None
    is_about_token: bool

    @classmethod
    def read(cls, body: bytes) -> "FcmError":
        """What an answer says; nothing if it is not FCM's."""
        try:
            found: Any = orjson.loads(body)["error"]
            details = [each for each in found.get("details", ()) if isinstance(each, dict)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(None, is_about_token=False)
        codes = (each.get("errorCode") for each in details)
        fields = {
            violation.get("field")
            for each in details
            for violation in each.get("fieldViolations", ())
            if isinstance(violation, dict)
        }
        is_about_token = fields == {"message.token"} or (
            not fields and found.get("message") == _BAD_TOKEN
        )
        code = next((each for each in codes if isinstance(each, str)), None)
        return cls(code, is_about_token)


def outcome_of(answer: Answer, now: datetime) -> Outcome:
    """What has come of an attempt; with ``retry_at``, nothing is to be asked before then."""
    if answer.status == 200:
        return Outcome(verdict=Verdict.SENT, provider_message=_name(answer.body))
    error = FcmError.read(answer.body)
    if error.code is not None and error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if answer.status == 400 and error.is_about_token:
        return Outcome(verdict=Verdict.ADDRESS_GONE, problem=PushProblem.ADDRESS_INVALID)
    if answer.status == 429:
        retry_at = retry_after(answer.headers, now) or now + AFTER_QUOTA
        return Outcome(verdict=Verdict.LATER, problem=PushProblem.QUOTA_EXCEEDED, retry_at=retry_at)
    if answer.status >= 500:
        return Outcome(
            verdict=Verdict.LATER,
            problem=PushProblem.UNAVAILABLE,
            retry_at=retry_after(answer.headers, now),
        )
    if answer.status in _BY_STATUS:
        return _BY_STATUS[answer.status]
    if answer.status == 400:
        return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.MESSAGE_REFUSED)
    return Outcome(verdict=Verdict.REFUSED, problem=PushProblem.UNEXPECTED_ANSWER)


def _name(body: bytes) -> str | None:
    """The name that FCM gives the message, for its support."""
    try:
        name: Any = orjson.loads(body)["name"]
    except (ValueError, KeyError, TypeError):
        return None
    return name[:200] if isinstance(name, str) else None
