"""What people are told of, and in which words."""

from typing import Any

import pytest

from kvartal.registry import current
from kvartal.testing.host import TestHost
from kvartal.text import LOCALES, say
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind, kinds
from kvartal_notifications.messages.checks import check_kinds
from kvartal_notifications.messages.wording import Written, compose
from kvartal_notifications.sources.kinds import (
    KINDS,
    OPERATION_FAILED,
    OPERATION_FINISHED,
    READINGS_SUBMITTED,
    SERVICE_ORDERED,
    VERIFICATION_DUE,
    VERIFICATION_EXPIRED,
    WINDOW_CLOSING,
    WINDOW_OPENED,
)

pytestmark = pytest.mark.usefixtures("host")

IN_APP, EMAIL, PUSH = NotificationChannel
HOME = "г. Казань, ул. Лесная, 5, кв. 15"
WATER, LIGHT = "ResourceKind.WATER", "ResourceKind.ELECTRICITY"


def said(
    kind: NotificationKind,
    locale: str = "ru",
    channel: NotificationChannel = PUSH,
    **facts: Any,
) -> Written:
    return compose(kind, {**kind.example, **facts}, locale, channel)


def test_all_kinds_are_offered_and_can_be_told(host: TestHost) -> None:
    check_kinds(current())

    assert [kinds()[each.key] for each in KINDS] == list(KINDS)


def test_the_tick_of_submitted_readings_stands_under_finance() -> None:
    assert say(READINGS_SUBMITTED.title_code, "ru") == "Поданы показания ИПУ"
    assert say(f"notification.section.{READINGS_SUBMITTED.section}", "ru") == "Финансы"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_in_a_text_is_a_bare_code(kind: NotificationKind, locale: str) -> None:
    for channel in NotificationChannel:
        told = said(kind, locale, channel)
        for piece in ("notification.", "Kind.", "None", "{"):
            assert piece not in f"{told.title}{told.text}"


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (1, "1 счетчика", "1 meter"),
        (2, "2 счетчиков", "2 meters"),
        (21, "21 счетчика", "21 meters"),
    ],
)
def test_a_submission_is_told_with_its_number_of_meters(count: int, ru: str, en: str) -> None:
    assert said(READINGS_SUBMITTED, readings=count) == Written(
        "Поданы показания ИПУ", f"{HOME}\n\nЖитель передал показания {ru}."
    )
    assert f"readings of {en}." in said(READINGS_SUBMITTED, "en", readings=count).text


def test_resources_with_one_last_day_are_told_in_one_phrase() -> None:
    windows = [
        {"resources": [WATER, LIGHT], "until": "2026-11-25"},
        {"resources": ["ResourceKind.HEATING"], "until": "2026-12-05"},
    ]

    one = said(WINDOW_OPENED, windows=windows[:1])
    two = said(WINDOW_OPENED, windows=windows)

    assert one.text == (
        f"Передайте показания: водоснабжение, электричество — до 25 ноября.\n\n{HOME}"
    )
    assert two.text.startswith(
        "Передайте показания: водоснабжение, электричество — до 25 ноября;"
        " отопление — до 5 декабря."
    )
    assert said(WINDOW_OPENED, "en", windows=windows[:1]).text.startswith(
        "Submit readings: water, electricity — by 25 November."
    )
    assert (
        "— отопление — до 5 декабря\n" in said(WINDOW_OPENED, channel=EMAIL, windows=windows).text
    )


def test_the_last_day_is_named_and_whoever_has_sent_all_is_not_asked_again() -> None:
    assert said(WINDOW_CLOSING) == Written(
        "25 ноября — последний день приема показаний",
        f"Передайте показания: водоснабжение, электричество — до 25 ноября.\n\n{HOME}",
    )
    assert said(WINDOW_CLOSING, all_sent=True).text.startswith(
        "Показания уже переданы: водоснабжение, электричество. Исправить их можно до 25 ноября."
    )


def test_verification_is_told_of_one_meter_and_of_several() -> None:
    meters = [{"resource": WATER, "number": "1"}, {"resource": LIGHT, "number": "2"}]

    one, two = said(VERIFICATION_DUE), said(VERIFICATION_DUE, meters=meters)
    over = said(VERIFICATION_EXPIRED, meters=meters)

    assert (one.title, two.title) == ("Скоро поверка счетчика", "Скоро поверка счетчиков")
    assert two.text.startswith(
        "Срок поверки истекает 20 декабря 2026 г.: водоснабжение № 1; электричество № 2."
    )
    assert over.title == "Истек срок поверки счетчиков"
    assert "истек 20 октября 2026 г.: водоснабжение № 1" in over.text
    assert "пока счетчики не поверены" in over.text
    letter = said(VERIFICATION_DUE, channel=EMAIL).text
    assert "— водоснабжение № 12345\n" in letter
    assert "пока счетчик не поверен." in letter


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("SUCCEEDED", "Импорт XML завершен"),
        ("SUCCEEDED_WITH_WARNINGS", "Импорт XML завершен с предупреждениями"),
        ("CANCELLED", "Импорт XML отменен"),
    ],
)
def test_an_operation_is_told_as_it_ended(status: str, title: str) -> None:
    assert said(OPERATION_FINISHED, status=status).title == title


def test_errors_are_counted_only_if_there_are_any() -> None:
    assert said(OPERATION_FINISHED, errors=0, warnings=5).text == (
        "УК «Заря»: 0 ошибок, 5 предупреждений."
    )
    assert said(OPERATION_FINISHED, errors=0, warnings=0).text == "УК «Заря»."
    assert said(OPERATION_FAILED).title == "Импорт XML не удался"


def test_an_order_is_told_with_the_service_and_the_place() -> None:
    assert said(SERVICE_ORDERED, premise_kind="NON_RESIDENTIAL", premise="Н-1") == Written(
        "Новая заявка: Поверка счетчика воды",
        "г. Казань, ул. Лесная, 5, помещение Н-1\n\nЗаказана услуга «Поверка счетчика воды».",
    )
