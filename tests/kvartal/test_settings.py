"""Settings: read once at start; a fault is told with the variable's name and what it is for."""

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kvartal import settings as module
from kvartal.settings import (
    FIRST_PARTY,
    PluginChoice,
    PluginSettings,
    Settings,
    SettingsError,
    load_plugin_settings,
    load_settings,
    settings_of,
)
from kvartal_photos.settings import PhotosSettings

NEEDED = {
    "DATABASE_URL": "postgres://localhost/kvartal",
    "REDIS_URL": "redis://localhost",
    "KVARTAL_SECRET_KEY": "k" * 32,
}


class GardenSettings(PluginSettings):
    """Of no plugin that is on."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_GARDEN_")

    key: SecretStr = Field(description="Opens the gate.")
    beds: int = Field(default=1, ge=1, description="Beds.")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_of_plugins", dict(module._of_plugins))


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PORT", "8080")

    found = load_settings()

    assert found.database_url.get_secret_value() == "postgres://localhost/kvartal"
    assert (found.port, found.host) == (8080, "127.0.0.1")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_the_servers_addresses_have_a_second_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"KVARTAL_{name}", NEEDED[name])
    monkeypatch.delenv(name)

    assert load_settings().redis_prefix == "kvartal"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("DATABASE_URL", None, "Setting KVARTAL_DATABASE_URL: Field required (postgres://"),
        ("KVARTAL_SECRET_KEY", None, "Setting KVARTAL_SECRET_KEY: Field required (Signs"),
        ("KVARTAL_SECRET_KEY", "short", "Setting KVARTAL_SECRET_KEY: Value should have"),
        ("KVARTAL_PORT", "many", "Setting KVARTAL_PORT: Input should be a valid integer"),
    ],
)
def test_a_fault_names_the_variable_and_its_purpose(
    variable: str, value: str | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert str(refused.value).startswith(sentence)


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        monkeypatch.delenv(name)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert len(str(refused.value).splitlines()) == 3


def test_secrets_are_not_shown() -> None:
    assert "k" * 32 not in repr(load_settings())


@pytest.mark.parametrize(
    ("value", "chosen"),
    [
        ("meters", {"meters"}),
        ("photos, meters,,", {"meters", "photos"}),
        ("", set()),
    ],
)
def test_plugins_are_a_set(value: str, chosen: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PLUGINS", value)

    assert PluginChoice().plugins == chosen


@pytest.mark.parametrize("is_demo", [True, False])
def test_plugins_are_told_whether_it_is_the_demo(
    is_demo: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_demo", not is_demo)
    monkeypatch.setenv("KVARTAL_DEMO", str(is_demo))

    module.configure(load_settings())

    assert module.in_demo() is is_demo


def test_the_first_party_is_on_by_default() -> None:
    assert PluginChoice().plugins == FIRST_PARTY == {"integration", "meters", "notifications"}


def test_every_setting_is_documented() -> None:
    assert [name for name, each in Settings.model_fields.items() if not each.description] == []


@pytest.mark.usefixtures("_restored")
def test_a_plugin_reads_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_PHOTOS_PER_BUILDING", "7")

    load_plugin_settings([PhotosSettings])

    assert settings_of(PhotosSettings).per_building == 7


@pytest.mark.usefixtures("_restored")
def test_a_plugins_fault_is_told_like_the_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVARTAL_GARDEN_BEDS", "0")

    with pytest.raises(SettingsError) as refused:
        load_plugin_settings([GardenSettings])

    assert str(refused.value).splitlines() == [
        "Setting KVARTAL_GARDEN_KEY: Field required (Opens the gate.)",
        "Setting KVARTAL_GARDEN_BEDS: Input should be greater than or equal to 1 (Beds.)",
    ]


def test_settings_of_a_plugin_that_is_off_are_nobodys() -> None:
    with pytest.raises(SettingsError, match="GardenSettings is of no plugin that is on"):
        settings_of(GardenSettings)
