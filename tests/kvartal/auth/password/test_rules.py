import pytest

from kvartal.auth.password import rules
from kvartal.auth.password.queries import common_words
from kvartal.errors import DomainError

EMAIL = "ivanova.m@example.org"


def refusal(password: str, email: str = EMAIL) -> str | None:
    try:
        rules.check_password(password, email=email, common=common_words())
    except DomainError as error:
        return error.code if error.path == ("new_password",) else "elsewhere"
    return None


@pytest.mark.parametrize(
    ("case", "password"),
    [
        ("a phrase", "кошка спит на тёплой батарее"),
        ("a phrase in English", "correct horse battery staple"),
        ("twelve characters", "Пароль-Марии"),
        ("made by a manager", "vT9#qLm2!xRw"),
        ("the longest", "яблоко и " * 14 + "др"),
        ("two common words", "dragon-monkey-27"),
        ("with an astral sign", "тёмный лес 🌲🌲"),
        ("half a surrogate pair", "нечто\ud800странное"),
    ],
)
def test_a_password_that_nobody_guesses_is_accepted(case: str, password: str) -> None:
    assert refusal(password) is None


@pytest.mark.parametrize(
    ("case", "password", "code"),
    [
        ("nothing", "", "PASSWORD_TOO_SHORT"),
        ("eleven characters", "Пароль-Мари", "PASSWORD_TOO_SHORT"),
        ("twelve that compose to eleven", "тёмныи\u0306лесок", "PASSWORD_TOO_SHORT"),
        ("129 characters", "длинный пар" * 12, "PASSWORD_TOO_LONG"),
        ("a common word and digits", "password12345", "PASSWORD_COMMON"),
        ("in capitals, with signs", "!!!PassWord2024!!!", "PASSWORD_COMMON"),
        ("a common word in Russian", "пароль123456", "PASSWORD_COMMON"),
        ("typed in the other layout", "gfhjkm123456", "PASSWORD_COMMON"),
        ("a common word twice", "passwordpassword", "PASSWORD_COMMON"),
        ("digits alone", "480391756203", "PASSWORD_COMMON"),
        ("a telephone", "+79001234567", "PASSWORD_COMMON"),
        ("signs alone", "!@#$%^&*()_+", "PASSWORD_COMMON"),
        ("four different characters", "abababcdcdcd", "PASSWORD_COMMON"),
        ("a row of keys", "qwertyuiop[]", "PASSWORD_COMMON"),
        ("a row of keys, Russian", "йцукенгшщзхъ", "PASSWORD_COMMON"),
        ("a row of keys backwards", "poiuytrewq][", "PASSWORD_COMMON"),
        ("columns of keys", "1qaz2wsx3edc4rfv", "PASSWORD_COMMON"),
        ("the alphabet", "abcdefghijklm", "PASSWORD_COMMON"),
        ("the Russian alphabet", "абвгдеёжзийк", "PASSWORD_COMMON"),
        ("the e-mail", "Ivanova.M@example.org", "PASSWORD_IS_EMAIL"),
        ("the name of the e-mail", "ivanova.m-1985!", "PASSWORD_IS_EMAIL"),
    ],
)
def test_a_password_that_somebody_guesses_is_refused(case: str, password: str, code: str) -> None:
    assert refusal(password) == code


def test_a_short_name_in_the_email_forbids_nothing() -> None:
    assert refusal("1234 li 567890", email="li@example.org") is None
    assert refusal("нечто длинное", email="") is None


def test_the_refusal_tells_the_limit() -> None:
    with pytest.raises(rules.PasswordTooShort) as short:
        rules.check_password("кот", email=EMAIL, common=())
    with pytest.raises(rules.PasswordTooLong) as long:
        rules.check_password("к" * 129, email=EMAIL, common=())

    assert (short.value.limit, long.value.limit) == (12, 128)


def test_the_common_words_are_those_and_no_others() -> None:
    words = common_words()

    assert {"password", "qwerty", "gfhjkm", "dragon"} <= words
    assert all(len(each) >= 4 and each == each.lower() for each in words)
    assert 5_000 < len(words) < 12_000
