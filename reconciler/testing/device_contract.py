"""The contract suite of live phones: what every vendor's client must do, whatever the phone does.

Subclass it in a test module and say how to get a phone:

    class TestT46S(DeviceContract):
        device = DEVICE

        @pytest.fixture
        async def rig(self):
            async with my_phone() as phone:
                yield Rig(Reach("phone/main/desk", phone.host), login, ...)

What is tried comes from `device.generations`: what is declared possible has to work, and the rest
has to be refused with a reason before anything is sent. Needs pytest and pytest-asyncio.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from reconciler.device import Action, Device, DeviceVendor, Login, Reach, SipAccount
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    LockedOut,
    NotPossible,
    NotTrusted,
    UnexpectedReply,
    Unreachable,
)
from reconciler.model.secret import Clear

TIMEOUT_S = 30.0
_WRONG = Clear("not-the-passw0rd")


def _nothing() -> None:
    return None


@dataclass
class Rig:
    """A phone and how to break it.

    `generation`, `model`, `firmware` and `mac` are what it is; `plain` is what it tells of these
    before a login. `value` is a parameter that may be changed at will, with a new value, `secret`
    the name of a parameter with a password. `counted` tells how often something happened to it:
    `login`, `wrong`, `reboot`, `reset`.
    """

    reach: Reach
    login: Login
    generation: str
    model: str
    firmware: str
    mac: str
    counted: Callable[[str], int]
    value: tuple[str, str] = ("", "")
    secret: str = ""
    stored: Callable[[str], str | None] = lambda _name: None
    lock: Callable[[], None] = _nothing
    power_off: Callable[[], None] = _nothing
    drop_after_reboot: Callable[[], None] = _nothing
    keep_old: Callable[[str], None] = lambda _name: None
    call: Callable[[], None] = _nothing
    spoil: Callable[[Callable[[bytes], bytes] | None], None] = lambda _mangle: None
    told_before_login: frozenset[str] = frozenset(("generation",))
    locks: bool = True
    tells_calls: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


class DeviceContract:
    """The suite. `device` is the vendor's client."""

    device: ClassVar[DeviceVendor]

    def connect(self, rig: Rig, login: Login | None = None, **changes: Any) -> Any:
        """Connect to the rig's phone."""
        reach = rig.reach._replace(**changes)
        return self.device.connect(reach, login or rig.login, timeout_s=TIMEOUT_S)

    def can(self, rig: Rig, action: Action) -> bool:
        """Whether the generation declares an action possible."""
        return self.device.generations[rig.generation].ability(action).can

    def need(self, rig: Rig, action: Action) -> None:
        """Skip where the generation declares an action impossible."""
        if not self.can(rig, action):
            pytest.skip(f"{rig.generation} cannot {action}, and says so")

    async def test_it_says_who_it_is_before_any_login(self, rig: Rig) -> None:
        """A probe burns no attempt."""
        found = await self.device.identify(rig.reach, timeout_s=TIMEOUT_S)
        assert found is not None
        assert found.vendor == self.device.name
        for name in rig.told_before_login:
            assert getattr(found, name) == getattr(rig, name)
        assert rig.counted("login") + rig.counted("wrong") == 0

    async def test_the_login_tells_the_rest(self, rig: Rig) -> None:
        """Model, firmware and MAC are known at the latest by the status."""
        self.need(rig, "status")
        async with self.connect(rig) as phone:
            found = (await phone.status()).identity
        assert found.generation == rig.generation
        assert (found.model or rig.model) == rig.model
        assert (found.firmware or rig.firmware) == rig.firmware
        assert (found.mac or rig.mac) == rig.mac

    async def test_a_session_is_always_left(self, rig: Rig) -> None:
        """The next one gets in at once, also after something broke."""
        self.need(rig, "status")
        for _ in range(2):
            with pytest.raises(RuntimeError):
                async with self.connect(rig):
                    raise RuntimeError
        async with self.connect(rig) as phone:
            await phone.status()

    async def test_a_wrong_password_is_tried_once(self, rig: Rig) -> None:
        """And the right one still works afterwards."""
        self.need(rig, "status")
        with pytest.raises(AuthenticationFailed):
            async with self.connect(rig, Login(rig.login.username, _WRONG)):
                pass
        assert rig.counted("wrong") <= 1
        async with self.connect(rig):
            pass

    async def test_a_locked_phone_is_not_made_worse(self, rig: Rig) -> None:
        """Its lock is said as such, not as a wrong password."""
        if not rig.locks:
            pytest.skip("of its lock nothing is known")
        rig.lock()
        with pytest.raises(LockedOut) as caught:
            async with self.connect(rig):
                pass
        assert caught.value.seconds is None or caught.value.seconds > 0
        assert rig.counted("wrong") == 0

    async def test_without_a_login_the_command_is_named(self, rig: Rig) -> None:
        """Nothing is guessed, no default password is tried."""
        self.need(rig, "status")
        with pytest.raises(AuthenticationFailed) as caught:
            async with self.device.connect(rig.reach, None, timeout_s=TIMEOUT_S):
                pass
        assert "test-connection" in str(caught.value.hint)
        assert rig.counted("login") + rig.counted("wrong") == 0

    async def test_nobody_there(self, rig: Rig) -> None:
        """A phone without power is unreachable."""
        rig.power_off()
        with pytest.raises(Unreachable):
            async with self.connect(rig):
                pass

    async def test_another_phone_gets_no_password(self, rig: Rig) -> None:
        """Where the phone tells its MAC before the login, it has to be the right one."""
        if "mac" not in rig.told_before_login:
            pytest.skip("it does not tell its MAC before a login")
        with pytest.raises(UnexpectedReply, match="another phone"):
            async with self.connect(rig, mac="000000000001"):
                pass
        assert rig.counted("login") == 0

    async def test_another_certificate_gets_nothing(self, rig: Rig) -> None:
        """What was pinned has to come again."""
        if rig.reach.scheme != "https":
            pytest.skip("it speaks plain HTTP")
        found = await self.device.identify(rig.reach, timeout_s=TIMEOUT_S)
        assert found is not None
        assert found.pin is not None
        self.need(rig, "status")
        async with self.connect(rig, pin=found.pin, sight="pinned"):
            pass
        before = rig.counted("login")
        with pytest.raises(NotTrusted):
            async with self.connect(rig, pin="0" * 64):
                pass
        assert rig.counted("login") == before

    async def test_a_password_does_not_travel_in_the_clear(self, rig: Rig) -> None:
        """Unless somebody allows it."""
        if rig.reach.scheme != "http":
            pytest.skip("it speaks TLS")
        with pytest.raises(NotTrusted):
            async with self.connect(rig, plain=False):
                pass
        assert rig.counted("login") + rig.counted("wrong") == 0

    async def test_what_it_cannot_do_is_refused_with_a_reason(self, rig: Rig) -> None:
        """Nothing is sent for it."""
        self.need(rig, "status")
        generation = self.device.generations[rig.generation]
        async with self.connect(rig) as phone:
            for action in ("resync", "reboot", "safe_restart", "factory_reset", "backup"):
                ability = generation.ability(action)
                if ability.can:
                    continue
                assert ability.why
                with pytest.raises(NotPossible):
                    await getattr(phone, action)()
            if not self.can(rig, "push_values"):
                with pytest.raises(NotPossible):
                    await phone.push_values({"a": "b"})
        assert rig.counted("reboot") + rig.counted("reset") == 0

    async def test_values_are_written_and_read_back(self, rig: Rig) -> None:
        """What is held is there; a password is never read."""
        self.need(rig, "push_values")
        name, text = rig.value
        async with self.connect(rig) as phone:
            pushed = await phone.push_values({name: text, rig.secret: Clear("s3cret-Value-1")})
            assert pushed.held == {name}
            assert rig.secret in (pushed.unproved | pushed.kept.keys())
            found = await phone.read_values([name, rig.secret])
        assert found.values == {name: text}
        assert found.hidden == {rig.secret}
        assert rig.stored(name) == text

    async def test_a_yes_that_was_none_is_found_out(self, rig: Rig) -> None:
        """A phone that accepts and keeps the old value fails the push."""
        self.need(rig, "push_values")
        name, text = rig.value
        rig.keep_old(name)
        async with self.connect(rig) as phone:
            pushed = await phone.push_values({name: text})
        assert set(pushed.kept) == {name}
        assert not pushed.held

    async def test_an_account_is_written(self, rig: Rig) -> None:
        """The phone registers by it; its password is not read back."""
        self.need(rig, "push_account")
        account = SipAccount(
            1, "1001", "pbx.example.test", Clear("s3cret-1001"), label="Ada", transport="udp"
        )
        async with self.connect(rig) as phone:
            pushed = await phone.push_account(account)
        assert not pushed.kept
        assert pushed.unproved
        assert pushed.then.kind == "re-register"

    async def test_a_call_is_seen(self, rig: Rig) -> None:
        """Where the phone tells, it tells the truth."""
        self.need(rig, "status")
        async with self.connect(rig) as phone:
            assert (await phone.status()).in_call in (
                (False,) if rig.tells_calls else (False, None)
            )
            rig.call()
            status = await phone.status()
        assert status.in_call in ((True,) if rig.tells_calls else (True, None))

    async def test_a_restart_is_asked_for_once(self, rig: Rig) -> None:
        """Also when the phone drops the line instead of answering."""
        self.need(rig, "reboot")
        rig.drop_after_reboot()
        async with self.connect(rig) as phone:
            accepted = await phone.reboot()
        assert not accepted.in_doubt
        assert rig.counted("reboot") == 1

    async def test_a_reset_is_asked_for_once(self, rig: Rig) -> None:
        """And happens."""
        self.need(rig, "factory_reset")
        async with self.connect(rig) as phone:
            await phone.factory_reset()
        assert rig.counted("reset") == 1

    async def test_a_backup_holds_settings(self, rig: Rig) -> None:
        """It is not printed by accident."""
        self.need(rig, "backup")
        async with self.connect(rig) as phone:
            backup = await phone.backup()
        assert len(backup.content) > 10
        assert backup.content.decode()[:5] not in repr(backup)

    async def survives(self, rig: Rig, mangle: Callable[[bytes], bytes]) -> None:
        """Go through everything that reads with spoiled answers: words, never a traceback."""
        rig.spoil(mangle)
        try:
            await self._look(rig)
        finally:
            rig.spoil(None)

    async def survives_inside(self, rig: Rig, mangle: Callable[[bytes], bytes]) -> None:
        """The same with a login that still went well."""
        try:
            async with self.connect(rig) as phone:
                rig.spoil(mangle)
                await self._read(rig, phone)
        except AdapterError:
            pass
        finally:
            rig.spoil(None)

    async def _look(self, rig: Rig) -> None:
        with suppress(AdapterError):
            await self.device.identify(rig.reach, timeout_s=TIMEOUT_S)
        with suppress(AdapterError):
            async with self.connect(rig) as phone:
                await self._read(rig, phone)

    async def _read(self, rig: Rig, phone: Device) -> None:
        for step in (
            phone.status,
            lambda: phone.read_values([rig.value[0]]),
            lambda: phone.push_values(dict([rig.value])),
            phone.backup,
        ):
            try:
                await step()
            except AdapterError:
                continue
