"""What strangers do who know an e-mail or a telephone, and what it costs the owner: nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from kvartal.auth import models
from kvartal.auth.events import PasswordLinkRequested, SignInCodeRequested
from kvartal.auth.limits.rules import origin_of
from kvartal.auth.password.service import request_password_reset
from kvartal.auth.rules import SessionChannel
from kvartal.auth.sessions.service import SignedIn
from kvartal.auth.sign_in.queries.people import remember_address
from kvartal.auth.sign_in.rules import Client, InvalidCode, InvalidCredentials
from kvartal.auth.sign_in.service import request_code, sign_in_employee, sign_in_resident
from kvartal.auth.sign_in.tasks import send_code
from kvartal.errors import RateLimited
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import Telephones, a_resident_user, a_user, an_employee
from kvartal.testing.watch import EmittedEvents

pytestmark = pytest.mark.usefixtures("db", "quick_argon")

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EMAIL, PHONE, PASSWORD = "maria@example.org", "+79001234567", "Пароль-Марии-1"
HOME, CAFE = Client("203.0.113.7"), Client("192.0.2.44")


@pytest.fixture
async def owner(organization: Organization) -> models.User:
    user = await a_user(email=EMAIL, phone=PHONE, password=PASSWORD)
    await an_employee(organization, user=user)
    await a_resident_user(organization, user=user)
    return user


def a_botnet(networks: int, addresses: int = 1) -> list[Client]:
    return [
        Client(f"10.{network // 256}.{network % 256}.{address + 1}")
        for address in range(addresses)
        for network in range(networks)
    ]


async def sign_in(client: Client, password: str = PASSWORD) -> SignedIn:
    return await sign_in_employee(
        email=EMAIL, password=password, channel=SessionChannel.CRM, client=client
    )


async def outcome(client: Client, password: str = "Не тот пароль") -> str:
    try:
        await sign_in(client, password)
    except InvalidCredentials:
        return "wrong"
    except RateLimited:
        return "limited"
    return "signed in"


async def ask(client: Client) -> str:
    try:
        await request_code(phone=PHONE, client=client)
    except RateLimited:
        return "limited"
    return "asked"


async def deliver(events: EmittedEvents) -> None:
    for event in events.of(SignInCodeRequested):
        await send_code(event)
    events.clear()


async def test_failures_from_one_place_are_limited_there_alone(
    owner: models.User, frozen_clock: Freeze
) -> None:
    stranger = Client("10.0.0.1")
    with frozen_clock(NOW):
        found = [await outcome(stranger) for _ in range(12)]

        assert found == ["wrong"] * 10 + ["limited"] * 2
        assert await outcome(stranger, PASSWORD) == "limited"
        assert await outcome(HOME, PASSWORD) == "signed in"
        assert await outcome(CAFE, PASSWORD) == "signed in"


async def test_the_right_password_forgives_the_mistakes_before_it(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for _ in range(5):
            for _ in range(9):
                assert await outcome(HOME) == "wrong"
            assert await outcome(HOME, PASSWORD) == "signed in"


async def test_a_stranger_behind_the_same_router_bars_no_known_device(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        device_token = (await sign_in(HOME)).device_token
        for _ in range(11):
            last = await outcome(HOME)

        assert last == "limited"
        assert await outcome(HOME, PASSWORD) == "limited"
        with_device = Client(HOME.remote_address, None, device_token)
        assert await outcome(with_device, PASSWORD) == "signed in"
    with frozen_clock(NOW + timedelta(seconds=12)):
        assert await outcome(HOME, PASSWORD) == "signed in"


async def test_a_network_of_strangers_bars_no_known_device(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        device_token = (await sign_in(HOME)).device_token
        for number in range(101):
            try:
                await sign_in_employee(
                    email=f"user-{number}@example.org",
                    password="Любой пароль",
                    channel=SessionChannel.CRM,
                    client=Client(f"203.0.113.{100 + number % 100}"),
                )
            except (InvalidCredentials, RateLimited) as error:
                last = error

        assert isinstance(last, RateLimited)
        assert await outcome(HOME, PASSWORD) == "limited"
        with_device = Client(HOME.remote_address, None, device_token)
        assert await outcome(with_device, PASSWORD) == "signed in"


async def test_a_device_has_a_limit_of_its_own(owner: models.User, frozen_clock: Freeze) -> None:
    with frozen_clock(NOW):
        device_token = (await sign_in(HOME)).device_token
        stolen = [Client(f"10.0.{n}.1", None, device_token) for n in range(11)]

        found = [await outcome(each) for each in stolen]

        assert found == ["wrong"] * 10 + ["limited"]
        assert await outcome(HOME, PASSWORD) == "signed in"


async def test_a_device_token_of_somebody_else_is_worth_nothing(
    owner: models.User, organization: Organization, frozen_clock: Freeze
) -> None:
    await an_employee(
        organization, user=await a_user(email="thief@example.org", password="Пароль вора 123")
    )
    with frozen_clock(NOW):
        thief = await sign_in_employee(
            email="thief@example.org",
            password="Пароль вора 123",
            channel=SessionChannel.CRM,
            client=Client("10.0.0.1"),
        )
        for _ in range(10):
            assert await outcome(Client("10.0.0.1")) == "wrong"

        for token in (thief.device_token, "no token", "", "x" * 64):
            assert await outcome(Client("10.0.0.1", None, token)) == "limited"


async def test_a_botnet_is_stopped_in_silence_and_the_owners_places_are_not(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        device_token = (await sign_in(HOME)).device_token
        bots = a_botnet(60, addresses=5)
        assert {await outcome(each) for each in bots} == {"wrong"}

        # Its next guess is wrong whatever it is, and the answer does not say why.
        assert await outcome(Client("10.9.9.9"), PASSWORD) == "wrong"
        assert await outcome(HOME, PASSWORD) == "signed in"
        assert await outcome(Client("10.9.9.9", None, device_token), PASSWORD) == "signed in"


async def test_one_network_alone_does_not_stop_the_owner_on_a_new_device_elsewhere(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for _ in range(10):
            for address in range(1, 31):
                await outcome(Client(f"10.0.0.{address}"))

        assert await outcome(CAFE, PASSWORD) == "signed in"


async def test_under_a_botnet_the_mailbox_lets_the_owner_in(
    owner: models.User, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for each in a_botnet(60, addresses=5):
            await outcome(each)
        for each in a_botnet(30):
            await request_password_reset(email=EMAIL, client=each)
        letters = len(events.of(PasswordLinkRequested))
        await request_password_reset(email=EMAIL, client=CAFE)

        assert letters == len(events.of(PasswordLinkRequested)) == 24
        assert await models.PasswordReset.filter(expires_at__gt=NOW, used_at=None).count() == 24
    with frozen_clock(NOW + timedelta(hours=1)):
        await request_password_reset(email=EMAIL, client=CAFE)

        assert len(events.of(PasswordLinkRequested)) == 25


async def test_a_stranger_who_asks_for_codes_takes_none_of_the_owners(
    owner: models.User, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    for minute in range(10):
        with frozen_clock(NOW + timedelta(minutes=minute)):
            await ask(Client("10.0.0.1"))
    assert len(events.of(SignInCodeRequested)) == 5

    with frozen_clock(NOW + timedelta(minutes=10)):
        events.clear()
        assert await ask(CAFE) == "asked"
        await deliver(events)

        assert await sign_in_resident(phone=PHONE, code=telephones.code, client=CAFE)


async def test_one_network_cannot_use_up_the_codes_of_a_day(
    owner: models.User, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for address in range(1, 100):
            await ask(Client(f"10.0.0.{address}"))
        assert len(events.of(SignInCodeRequested)) == 5

        events.clear()
        await ask(CAFE)
        await deliver(events)

        assert await sign_in_resident(phone=PHONE, code=telephones.code, client=CAFE)


@pytest.mark.parametrize("by", ["address", "device"])
async def test_a_botnet_that_uses_up_the_codes_of_a_day_leaves_known_places_theirs(
    owner: models.User,
    telephones: Telephones,
    events: EmittedEvents,
    frozen_clock: Freeze,
    by: str,
) -> None:
    with frozen_clock(NOW):
        device_token = (await sign_in(HOME)).device_token
        for each in a_botnet(50):
            assert await ask(each) == "asked"
        assert len(events.of(SignInCodeRequested)) == 40
        assert await ask(CAFE) == "asked"
        assert len(events.of(SignInCodeRequested)) == 40

        events.clear()
        own = HOME if by == "address" else Client("192.0.2.200", None, device_token)
        await ask(own)
        await deliver(events)

        assert await sign_in_resident(phone=PHONE, code=telephones.code, client=own)


async def test_a_stranger_neither_replaces_the_owners_code_nor_uses_up_its_guesses(
    owner: models.User, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    stranger = Client("10.0.0.1")
    with frozen_clock(NOW):
        await ask(HOME)
        await deliver(events)
        code = telephones.code
        await ask(stranger)
        for _ in range(8):
            with pytest.raises(InvalidCode):
                await sign_in_resident(phone=PHONE, code="999999", client=stranger)
        with pytest.raises(InvalidCode):
            await sign_in_resident(phone=PHONE, code=code, client=stranger)

        assert await sign_in_resident(phone=PHONE, code=code, client=HOME)


async def test_the_challenge_finds_the_code_from_another_network(
    owner: models.User, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        asked = await request_code(phone=PHONE, client=HOME)
        await deliver(events)
        code = telephones.code
        with pytest.raises(InvalidCode):
            await sign_in_resident(phone=PHONE, code=code, client=CAFE)
        with pytest.raises(InvalidCode):
            await sign_in_resident(
                phone="+79009999999", code=code, challenge=asked.challenge, client=CAFE
            )

        assert await sign_in_resident(
            phone=PHONE, code=code, challenge=asked.challenge, client=CAFE
        )


async def test_a_code_that_was_silently_not_sent_cannot_be_guessed(
    owner: models.User, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for each in a_botnet(41):
            last = await request_code(phone=PHONE, client=each)

        row = await models.OneTimeCode.get(id=last.challenge)
        assert len(events.of(SignInCodeRequested)) == 40
        assert (row.attempts, row.expires_at) == (5, NOW)


async def test_a_silent_refusal_leaves_the_code_that_was_sent_before(
    owner: models.User, telephones: Telephones, events: EmittedEvents, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        await ask(CAFE)
        await deliver(events)
        code = telephones.code
        for each in a_botnet(50):
            await ask(each)
    with frozen_clock(NOW + timedelta(minutes=2)):
        events.clear()
        await ask(CAFE)
        assert events == []

        assert await sign_in_resident(phone=PHONE, code=code, client=CAFE)


async def test_guesses_at_many_telephones_are_limited_by_the_network(
    owner: models.User, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        for number in range(100):
            with pytest.raises(InvalidCode):
                await sign_in_resident(
                    phone=f"+7900000{number:04}", code="123456", client=Client("10.0.0.1")
                )

        with pytest.raises(RateLimited):
            await sign_in_resident(phone=PHONE, code="123456", client=Client("10.0.0.2"))


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org", "no e-mail"])
async def test_limits_do_not_tell_who_has_an_account(
    owner: models.User, frozen_clock: Freeze, email: str
) -> None:
    async def attempt(client: Client) -> str:
        try:
            await sign_in_employee(
                email=email, password="Не тот", channel=SessionChannel.CRM, client=client
            )
        except InvalidCredentials:
            return "wrong"
        except RateLimited as limited:
            return f"limited {limited.facts}"
        return "signed in"

    with frozen_clock(NOW):
        one = [await attempt(CAFE) for _ in range(11)]
        many = [await attempt(each) for each in a_botnet(60, addresses=6)]

    assert one == ["wrong"] * 10 + ["limited {'retry_after': 12}"]
    assert set(many) == {"wrong"}


async def test_an_address_is_known_after_a_sign_in_and_is_one_persons(
    owner: models.User, organization: Organization, frozen_clock: Freeze
) -> None:
    with frozen_clock(NOW):
        await sign_in(HOME)
        await sign_in(HOME)
        await remember_address(owner.id, origin_of("2001:db8::1").address, now=NOW)

    known = await models.KnownAddress.filter(user_id=owner.id).order_by("address")
    assert [each.address for each in known] == ["2001:db8::/64", "203.0.113.7"]
