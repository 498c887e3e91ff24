"""env.example: every setting, with what the code says of it."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from kvartal.host import load_registry
from kvartal.settings import FIRST_PARTY, Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "env.example"
OF_COMPOSE = {
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
    "KVARTAL_PUBLISHED_PORT",
    "KVARTAL_VERSION",
}
# Without default: what the example shows is only one.
EXAMPLES = {
    "KVARTAL_MAIL_CA_FILE",
    "KVARTAL_METRICS_PORT",
    "KVARTAL_METRICS_TOKEN",
    "KVARTAL_PASSWORD_URL",
    "KVARTAL_TRACING_ENDPOINT",
    "KVARTAL_TRUSTED_DOCUMENTS",
}
LINE = re.compile(r"(?P<comment># )?(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)")


def kinds() -> list[type[BaseSettings]]:
    """The host's settings and those of the plugins."""
    plugins = [each.plugin.settings for each in load_registry(FIRST_PARTY).plugins]
    return [Settings, *(each for each in plugins if each is not None)]


def fields() -> dict[str, FieldInfo]:
    """What may be set, by the variable that sets it."""
    found: dict[str, FieldInfo] = {}
    for kind in kinds():
        prefix = kind.model_config["env_prefix"]
        for name, declared in kind.model_fields.items():
            unprefixed = kind is Settings and name in {"database_url", "redis_url"}
            found[name.upper() if unprefixed else f"{prefix}{name}".upper()] = declared
    return found


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
    assert set(paragraphs()) - OF_COMPOSE == set(fields())


@pytest.mark.parametrize("variable", sorted(fields()))
def test_a_setting_is_described_as_in_the_code(variable: str) -> None:
    said, commented, _ = paragraphs()[variable]
    declared = fields()[variable]

    assert declared.description
    assert said.startswith(declared.description)
    assert commented == (declared.default is not PydanticUndefined)


def test_what_is_commented_out_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://kvartal:secret@localhost/kvartal")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    monkeypatch.setenv("KVARTAL_SECRET_KEY", "k" * 32)
    for variable, (_, commented, value) in paragraphs().items():
        if commented and variable not in EXAMPLES | OF_COMPOSE:
            monkeypatch.setenv(variable, value)

    for kind in kinds():
        told = kind()
        for name, declared in kind.model_fields.items():
            if not declared.is_required():
                assert getattr(told, name) == declared.default, name


def test_no_secret_is_given_away() -> None:
    found = paragraphs()

    for name in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "KVARTAL_SECRET_KEY", "DATABASE_URL"):
        assert found[name][1:] == (False, "")
