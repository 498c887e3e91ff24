from decimal import Decimal

import pytest

from kvartal.errors import BadInput, Refused
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import AnomalyFactorInvalid
from kvartal_meters.policy.rules import DEFAULT_FACTOR, Policy, read_factors

WATER, GAS = ResourceKind.WATER, ResourceKind.GAS


def test_a_resource_has_the_default_factor_until_another_is_set() -> None:
    policy = Policy(factors={GAS: Decimal(5)})

    assert policy.factor_of(GAS) == 5
    assert policy.factor_of(WATER) == DEFAULT_FACTOR == 3
    assert not policy.counts_latest_verification


@pytest.mark.parametrize("factor", ["1.5", "1.50", "2.25", "10", "9.99"])
def test_a_factor_within_bounds_is_taken(factor: str) -> None:
    assert read_factors([(WATER, Decimal(factor))]) == {WATER: Decimal(factor)}


@pytest.mark.parametrize("factor", ["1.49", "10.01", "0", "-3", "2.555", "1.501"])
def test_a_factor_out_of_bounds_is_refused_in_its_row(factor: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_factors([(GAS, Decimal(3)), (WATER, Decimal(factor))])

    [error] = refusal.value.errors
    assert isinstance(error, AnomalyFactorInvalid)
    assert error.path == ("anomaly_thresholds", 1, "factor")
    assert (error.minimum, error.maximum) == (Decimal("1.5"), Decimal(10))


def test_a_resource_is_entered_once() -> None:
    with pytest.raises(BadInput) as refusal:
        read_factors([(WATER, Decimal(2)), (WATER, Decimal(3))])

    assert refusal.value.message_code == "RESOURCE_REPEATED"
