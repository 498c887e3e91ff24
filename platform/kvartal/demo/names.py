"""Names for the people of the demo."""

from kvartal.demo.ids import dice

__all__ = ["full_name"]

# Surname stems that take «а» for a woman; every patronymic has both forms.
_SURNAMES = (
    "Абрамов",
    "Беляев",
    "Виноградов",
    "Воробьёв",
    "Голубев",
    "Давыдов",
    "Ершов",
    "Жуков",
    "Зайцев",
    "Ильин",
    "Калинин",
    "Королёв",
    "Крылов",
    "Макаров",
    "Медведев",
    "Назаров",
    "Осипов",
    "Панин",
    "Родионов",
    "Савельев",
    "Семёнов",
    "Тарасов",
    "Фомин",
    "Чернов",
    "Шубин",
    "Щербаков",
    "Яковлев",
)
_WOMEN = (
    "Алла",
    "Валентина",
    "Галина",
    "Дарья",
    "Екатерина",
    "Жанна",
    "Инна",
    "Ксения",
    "Людмила",
    "Надежда",
    "Полина",
    "Светлана",
    "Тамара",
    "Юлия",
)
_MEN = (
    "Алексей",
    "Борис",
    "Виктор",
    "Георгий",
    "Денис",
    "Евгений",
    "Игорь",
    "Кирилл",
    "Леонид",
    "Михаил",
    "Николай",
    "Роман",
    "Тимур",
    "Фёдор",
)
_FATHERS = (
    ("Алексеевна", "Алексеевич"),
    ("Борисовна", "Борисович"),
    ("Васильевна", "Васильевич"),
    ("Григорьевна", "Григорьевич"),
    ("Ивановна", "Иванович"),
    ("Львовна", "Львович"),
    ("Олеговна", "Олегович"),
    ("Петровна", "Петрович"),
    ("Сергеевна", "Сергеевич"),
    ("Юрьевна", "Юрьевич"),
)


def full_name(*key: object) -> str:
    """Surname, name and patronymic (ФИО) of somebody; the same for the same key."""
    chance = dice("name", *key)
    surname = chance.choice(_SURNAMES)
    daughter, son = chance.choice(_FATHERS)
    if chance.random() < 0.55:
        return f"{surname}а {chance.choice(_WOMEN)} {daughter}"
    return f"{surname} {chance.choice(_MEN)} {son}"
