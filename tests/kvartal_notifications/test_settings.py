import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kvartal.settings import SettingsError, load_plugin_settings
from kvartal_notifications.channels.web_push.keys import SigningKey
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.fcm import FcmService
from kvartal_notifications.testing.web_push import a_signing_key

PREFIX = "KVARTAL_NOTIFICATIONS_"


def start(monkeypatch: pytest.MonkeyPatch, **values: object) -> str:
    """The sentence with which the start ends."""
    with monkeypatch.context() as environment:
        for name, value in values.items():
            environment.setenv(f"{PREFIX}{name.upper()}", str(value))
        with pytest.raises(SettingsError) as refused:
            load_plugin_settings([NotificationsSettings])
    return str(refused.value)


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "the file is not JSON"),
        ("[]", "the file is not the key file of a service account"),
        ('{"type": "authorized_user"}', "the file is not the key file of a service account"),
        ('{"type": "service_account"}', "the file lacks project_id"),
    ],
)
def test_a_file_without_an_account_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    line = start(monkeypatch, fcm_credentials_file=write(tmp_path, content))

    assert line.startswith(f"Setting {PREFIX}FCM_CREDENTIALS_FILE: ")
    assert said in line
    assert "\n" not in line


EC_PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"private_key": "no key"}, "private_key in the file cannot be read"),
        ({"private_key": EC_PEM}, "private_key in the file is no RSA key"),
        ({"private_key": 7}, "the file lacks private_key"),
        ({"client_email": ""}, "the file lacks client_email"),
        ({"token_uri": "file:///etc/passwd"}, "token_uri in the file is no address"),
    ],
)
def test_an_account_that_cannot_sign_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], said: str
) -> None:
    file = FcmService(port=1).credentials(tmp_path, **changed)

    assert said in start(monkeypatch, fcm_credentials_file=file)


@pytest.mark.parametrize("name", ["fcm_credentials_file", "web_push_key_file"])
def test_a_file_that_is_not_there_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    line = start(monkeypatch, **{name: tmp_path / "nothing"})

    assert line.startswith(f"Setting {PREFIX}{name.upper()}: ")
    assert "the file cannot be read: No such file or directory" in line


def rsa_pem(folder: Path) -> str:
    return subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA"], capture_output=True, text=True, check=True
    ).stdout


def other_curve(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def no_key(folder: Path) -> str:
    return "no key"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (no_key, "the file is no private key in PEM without a password"),
        (other_curve, "the key in the file is not on the curve P-256"),
        (rsa_pem, "the key in the file is not on the curve P-256"),
    ],
)
def test_a_key_of_another_kind_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Callable[[Path], str], said: str
) -> None:
    line = start(
        monkeypatch,
        web_push_key_file=write(tmp_path, content(tmp_path)),
        web_push_contact="push@example.org",
    )

    assert line.startswith(f"Setting {PREFIX}WEB_PUSH_KEY_FILE: ")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "contact", ["", "push", "@example.org", "push@", "mailto:push@example.org", "a@b <c@d>"]
)
def test_web_push_needs_an_address_to_write_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contact: str
) -> None:
    line = start(monkeypatch, web_push_key_file=a_signing_key(tmp_path), web_push_contact=contact)

    assert line.startswith(f"Setting {PREFIX}WEB_PUSH_CONTACT: ")
    assert "must be an e-mail address" in line


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    found = NotificationsSettings.model_validate(
        {
            "fcm_credentials_file": FcmService(port=1).credentials(tmp_path),
            "web_push_key_file": a_signing_key(tmp_path),
            "web_push_contact": "push@example.org",
        }
    )

    assert found.fcm_credentials_file == tmp_path / "fcm.json"


def test_the_documented_command_makes_a_key(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "notifications.md"
    [command] = [line for line in page.read_text("utf-8").splitlines() if "openssl" in line]
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, capture_output=True)

    [file] = tmp_path.iterdir()
    assert len(SigningKey.read(file).public_key) == 87
