"""env.example: every setting, with what the code says of it."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from kvartal.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "env.example"
OF_COMPOSE = {
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
    "KVARTAL_PUBLISHED_PORT",
    "KVARTAL_VERSION",
}
# Without default: what the example shows is only one.
EXAMPLES = {
    "mail_ca_file",
    "metrics_port",
    "metrics_token",
    "password_url",
    "tracing_endpoint",
    "trusted_documents",
}
LINE = re.compile(r"(?P<comment># )?(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)")


def variable(field: str) -> str:
    if field in {"database_url", "redis_url"}:
        return field.upper()
    return f"KVARTAL_{field.upper()}"


def paragraphs() -> dict[str, tuple[str, bool, str]]:
    """What is said of each variable, whether it is commented out, and its value."""
    found: dict[str, tuple[str, bool, str]] = {}
    said: list[str] = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        matched = LINE.fullmatch(line)
        if matched:
            name = matched["name"]
            assert name not in found
            found[name] = (" ".join(said), bool(matched["comment"]), matched["value"])
            said = []
        elif line.startswith("# ") and not line.startswith("# ----"):
            said.append(line.removeprefix("# "))
        else:
            said = []
    return found


def test_every_setting_is_named_and_none_that_does_not_exist() -> None:
    assert set(paragraphs()) - OF_COMPOSE == set(map(variable, Settings.model_fields))


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_a_setting_is_described_as_in_the_code(field: str) -> None:
    said, commented, _ = paragraphs()[variable(field)]
    description = Settings.model_fields[field].description

    assert description
    assert said.startswith(description)
    assert commented == (Settings.model_fields[field].default is not PydanticUndefined)


def test_what_is_commented_out_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://kvartal:secret@localhost/kvartal")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    monkeypatch.setenv("KVARTAL_SECRET_KEY", "k" * 32)
    for field in Settings.model_fields:
        _, commented, value = paragraphs()[variable(field)]
        if commented and field not in EXAMPLES:
            monkeypatch.setenv(variable(field), value)

    told = load_settings()

    for field, declared in Settings.model_fields.items():
        if not declared.is_required():
            assert getattr(told, field) == declared.default, field


def test_no_secret_is_given_away() -> None:
    found = paragraphs()

    for name in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "KVARTAL_SECRET_KEY", "DATABASE_URL"):
        assert found[name][1:] == (False, "")
