"""The plugin's part of the demo."""

from kvartal_integration.demo.seed import seed
from kvartal_integration.demo.server import server

__all__ = ["JOURNEY", "seed", "server"]

JOURNEY = (
    "Employee, «Сотрудник»: run «Обмен данными: проверить соединение», then «запустить импорт» and"
    " «запустить экспорт»: files come from the demo's own FTP server and go there, «Обмен данными:"
    " журнал» and the letters tell what came of it.",
    "Employee, «Сотрудник»: run «Обмен данными: настройки» and «Обмен данными: примерить"
    " расписание» to see when files would come and go by themselves.",
)
