import re
from decimal import Decimal
from importlib.resources import files

import pytest

from kvartal import text
from kvartal.errors import DomainError
from kvartal_meters import errors
from kvartal_meters.catalog.rules import (
    CATALOG,
    MeterType,
    Register,
    ResourceKind,
    Unit,
    types_of,
)
from kvartal_meters.meters.rules import (
    AuthorKind,
    MeterCondition,
    MeterScope,
    MeterStatus,
    VerificationReason,
    VerificationSeverity,
)
from kvartal_meters.readings.rules import SubmissionChannel
from kvartal_meters.widget.rules import WidgetState

TITLED = (
    ResourceKind,
    MeterType,
    Register,
    Unit,
    MeterScope,
    MeterStatus,
    MeterCondition,
    AuthorKind,
    VerificationSeverity,
    VerificationReason,
    SubmissionChannel,
    WidgetState,
)
VARIANTS = {
    "PERIOD_CLOSED.OVER",
    "READING_BELOW_PREVIOUS.ASK_STAFF",
    "READING_BELOW_PREVIOUS.TICK",
    "ANOMALY_CONFIRMATION_REQUIRED.NO_AVERAGE",
}


@pytest.fixture(autouse=True, scope="module")
def _sentences() -> None:
    text.load(["kvartal_meters"])


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (ResourceKind.WATER, {MeterType.COLD_WATER, MeterType.HOT_WATER}),
        (ResourceKind.WASTEWATER, {MeterType.WASTEWATER}),
        (
            ResourceKind.ELECTRICITY,
            {MeterType.ELECTRICITY_1T, MeterType.ELECTRICITY_2T, MeterType.ELECTRICITY_3T},
        ),
        (ResourceKind.HEATING, {MeterType.HEATING, MeterType.HEAT_COST_ALLOCATOR}),
        (ResourceKind.GAS, {MeterType.GAS}),
    ],
)
def test_a_resource_has_its_types(kind: ResourceKind, types: set[MeterType]) -> None:
    assert set(types_of(kind)) == types


@pytest.mark.parametrize("meter_type", MeterType)
def test_every_type_is_specified(meter_type: MeterType) -> None:
    specification = CATALOG[meter_type]

    assert len(specification.monthly_norms) == len(specification.registers)
    assert 1 <= specification.int_digits <= 12
    assert specification.decimals <= 3
    assert 1 <= specification.verification_interval <= 30


def test_registers_are_ordered_as_the_tariffs_are_numbered() -> None:
    assert CATALOG[MeterType.COLD_WATER].registers == (Register.SINGLE,)
    assert CATALOG[MeterType.ELECTRICITY_2T].registers == (Register.DAY, Register.NIGHT)
    assert CATALOG[MeterType.ELECTRICITY_3T].registers == (
        Register.PEAK,
        Register.NIGHT,
        Register.SEMI_PEAK,
    )


@pytest.mark.parametrize(
    ("meter_type", "unit", "okei", "interval", "norms"),
    [
        (MeterType.COLD_WATER, Unit.CUBIC_METRE, "113", 6, "6"),
        (MeterType.HOT_WATER, Unit.CUBIC_METRE, "113", 4, "4"),
        (MeterType.WASTEWATER, Unit.CUBIC_METRE, "113", 6, "10"),
        (MeterType.ELECTRICITY_1T, Unit.KILOWATT_HOUR, "245", 12, "200"),
        (MeterType.ELECTRICITY_2T, Unit.KILOWATT_HOUR, "245", 12, "200 100"),
        (MeterType.ELECTRICITY_3T, Unit.KILOWATT_HOUR, "245", 12, "200 200 100"),
        (MeterType.HEATING, Unit.GIGACALORIE, "233", 4, "1.5"),
        (MeterType.HEAT_COST_ALLOCATOR, Unit.ALLOCATOR_UNIT, None, 10, "200"),
        (MeterType.GAS, Unit.CUBIC_METRE, "113", 10, "30"),
    ],
)
def test_a_type_has_its_figures(
    meter_type: MeterType, unit: Unit, okei: str | None, interval: int, norms: str
) -> None:
    specification = CATALOG[meter_type]

    assert specification.unit is unit
    assert specification.unit.okei == okei
    assert specification.verification_interval == interval
    assert specification.monthly_norms == tuple(map(Decimal, norms.split()))


def test_both_languages_have_every_code_and_enum_member() -> None:
    refusals = {
        each
        for each in vars(errors).values()
        if isinstance(each, type)
        and issubclass(each, DomainError)
        and each.__module__ == errors.__name__
    }
    wanted = {each.code for each in refusals if "code" in vars(each)} | VARIANTS
    wanted |= {f"{kind.__name__}.{member.name}" for kind in TITLED for member in kind}

    assert {each.__name__ for each in refusals} | {"RolloverHint"} == set(errors.__all__)
    assert wanted - text.codes("kvartal_meters", "ru") == set()
    assert text.codes("kvartal_meters", "ru") == text.codes("kvartal_meters", "en")


@pytest.mark.parametrize("locale", text.LOCALES)
def test_a_catalogue_names_a_code_once(locale: str) -> None:
    source = (files("kvartal_meters") / "locale" / f"{locale}.po").read_text(encoding="utf-8")

    names = re.findall(r'^msgid "(.+)"$', source, flags=re.MULTILINE)

    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("channel", "title"),
    [
        (SubmissionChannel.RESIDENT_APP, "Приложение жителя"),
        (SubmissionChannel.EMPLOYEE_APP, "Приложение сотрудника"),
        (SubmissionChannel.CRM, "CRM"),
        (SubmissionChannel.EXCEL, "Импорт Excel"),
        (SubmissionChannel.XML, "Интеграция"),
        (SubmissionChannel.API, "API"),
        (SubmissionChannel.BILLING, "Биллинг"),
        (SubmissionChannel.AUTO, "Автоматически"),
    ],
)
def test_a_channel_is_titled_as_the_list_shows_it(channel: SubmissionChannel, title: str) -> None:
    assert text.title(channel, "ru") == title


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "Передача показаний станет доступна через 1 день"),
        (4, "Передача показаний станет доступна через 4 дня"),
        (19, "Передача показаний станет доступна через 19 дней"),
    ],
)
def test_the_widget_counts_days_in_russian(count: int, sentence: str) -> None:
    assert text.say("WidgetState.OPENS_LATER", "ru", count=count) == sentence
