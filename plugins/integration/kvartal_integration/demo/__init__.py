"""The plugin's part of the demo."""

from kvartal_integration.demo.seed import seed

__all__ = ["JOURNEY", "seed"]

JOURNEY = (
    "Employee, «Сотрудник»: run «Обмен данными: настройки», «Обмен данными: примерить расписание»"
    " and «Обмен данными: журнал» to see how files would come and go.",
)
