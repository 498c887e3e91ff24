"""What the demo keeps between its starts."""

from pathlib import Path

import pytest

from kvartal.demo.state import DemoState
from kvartal.embedded import EmbeddedError, EmbeddedValkey


@pytest.fixture
def state(tmp_path: Path) -> DemoState:
    state = DemoState(tmp_path / "deep" / "demo")
    state.open()
    return state


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedValkey, "lock_patience", 0.1)


def test_secrets_are_made_once_and_are_the_owners_alone(state: DemoState) -> None:
    key, token = state.secret_key(), state.integrator_token()

    assert len(key) >= 32
    assert token.startswith("kv_")
    assert (state.secret_key(), state.integrator_token()) == (key, token)
    modes = {path.stat().st_mode & 0o777 for path in state.root.iterdir()}
    assert modes == {0o600}


def test_a_chosen_day_is_kept_until_another_is_chosen(state: DemoState) -> None:
    assert state.clock_offset(None) == 0
    assert state.clock_offset(-86400) == -86400
    assert state.clock_offset(None) == -86400
    assert state.clock_offset(60) == 60


@pytest.mark.parametrize(
    ("later", "kept"), [(0, True), (60, True), (12 * 3600 - 1, True), (12 * 3600, False)]
)
def test_a_day_chosen_again_goes_on_where_it_is(state: DemoState, later: int, kept: bool) -> None:
    first = state.clock_offset(-5000)

    # What makes it noon is less, the later the clock of the world.
    assert state.clock_offset(first - later) == (first if kept else first - later)


def test_forgetting_deletes_the_data_and_what_belongs_to_them(state: DemoState) -> None:
    token = state.integrator_token()
    state.clock_offset(5)
    (state.root / "postgres").mkdir()
    (state.root / "valkey").mkdir()

    state.forget()

    assert not (state.root / "postgres").exists()
    assert not (state.root / "valkey").exists()
    assert state.clock_offset(None) == 0
    assert state.integrator_token() != token


def test_where_nothing_is_there_is_nothing_to_forget(tmp_path: Path) -> None:
    DemoState(tmp_path / "none").forget()

    assert not (tmp_path / "none").exists()


def test_a_running_demo_is_not_forgotten(state: DemoState, short_patience: None) -> None:
    with EmbeddedValkey(state.root / "valkey") as server:
        with pytest.raises(EmbeddedError, match="Valkey already runs in"):
            state.forget()

        server.check()
        server.kill()
        server.check()


def test_a_server_that_has_ended_by_itself_is_named(state: DemoState) -> None:
    with EmbeddedValkey(state.root / "valkey") as server:
        process = server._process
        assert process is not None
        process.kill()
        process.wait()

        with pytest.raises(EmbeddedError, match=r"^Valkey has ended \(its log is .*valkey.log\)"):
            server.check()
