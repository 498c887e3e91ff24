"""The plugin's part of the demo."""

from kvartal_meters.demo.seed import seed

__all__ = ["JOURNEY", "seed"]

JOURNEY = (
    "Resident 1, «Житель»: run «Подписка на виджет» in one tab and «Передать показание» in"
    " another: 2/3 becomes 3/3 at once.",
    "Employee, «Сотрудник»: run «Показания: поиск» with an address, an account or a meter number.",
    "Resident 2, «Житель, приём закрыт»: submitting answers PERIOD_CLOSED with opensOn.",
)
