"""Rules of services: the ways of an order, and texts of several lines."""

from itertools import product

import pytest

from kvartal.services.rules import (
    OrderClosed,
    OrderTakenUp,
    ServiceOrderStatus,
    check_cancelling,
    may_become,
    paragraphs,
)

NEW, IN_PROGRESS, DONE, CANCELLED = ServiceOrderStatus

WAYS = {
    (NEW, IN_PROGRESS),
    (NEW, DONE),
    (NEW, CANCELLED),
    (IN_PROGRESS, DONE),
    (IN_PROGRESS, CANCELLED),
}


@pytest.mark.parametrize(("before", "after"), list(product(ServiceOrderStatus, ServiceOrderStatus)))
def test_an_order_goes_forward_until_it_is_closed(
    before: ServiceOrderStatus, after: ServiceOrderStatus
) -> None:
    assert may_become(before, after) == (before == after or (before, after) in WAYS)


@pytest.mark.parametrize("status", [NEW, CANCELLED])
def test_an_order_that_nobody_has_taken_up_is_taken_back(status: ServiceOrderStatus) -> None:
    check_cancelling(status)


@pytest.mark.parametrize(("status", "refusal"), [(IN_PROGRESS, OrderTakenUp), (DONE, OrderClosed)])
def test_an_order_that_somebody_works_on_is_not(
    status: ServiceOrderStatus, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as refused:
        check_cancelling(status)

    assert getattr(refused.value, "path", None) == ("id",)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, None),
        (" \n\u200b\n ", None),
        ("  раз  два \r\n\r\n три\t", "раз два\n\nтри"),
        ("\nпервая\n", "первая"),
    ],
)
def test_a_text_keeps_its_lines(text: str | None, kept: str | None) -> None:
    assert paragraphs(text) == kept
