"""The image is checked before any phone hears of it; a phone is watched, never triggered twice."""

import hashlib
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from reconciler.device import Identity, Status
from reconciler.errors import LockedOut, Refused, UnexpectedReply, Unreachable
from reconciler.firmware.image import check_image
from reconciler.firmware.tracks import Release
from reconciler.firmware.upgrading import Watch, wait_for
from reconciler.model.address import Address
from reconciler.phones.meant import Placed
from tests.emulators.web import Say, serve

CONTENT = b"firmware" * 100
DIGEST = hashlib.sha256(CONTENT).hexdigest()


async def check(release, web=None, **more):
    own = f"http://127.0.0.1:{web.port}/fw" if web else None
    return await check_image(release, own=own, **{"allow_unchecked": False, **more})


async def test_an_image_of_our_own():
    async with serve(lambda _: Say(CONTENT)) as web:
        url = f"http://127.0.0.1:{web.port}/fw/a.bin"
        said = await check(Release("1", url=url, sha256=DIGEST.upper(), size=800), web)
        assert said == "800 bytes, checksum right"
        with pytest.raises(UnexpectedReply, match="checksum is another"):
            await check(Release("1", url=url, sha256="0" * 64), web)
        with pytest.raises(UnexpectedReply, match="instead of 7"):
            await check(Release("1", url=url, sha256=DIGEST, size=7), web)
        with pytest.raises(Refused, match="no checksum"):
            await check(Release("1", url=url), web)
        assert "no checksum" in await check(Release("1", url=url), web, allow_unchecked=True)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/a.bin", "https://169.254.169.254/latest", "https://10.0.0.1/a.bin",
     "https://[::1]/a.bin", "http://192.0.2.1/a.bin", "ftp://192.0.2.1/a.bin"],
)  # fmt: skip
async def test_addresses_that_nothing_is_fetched_from(url):
    with pytest.raises(Refused):
        await check(Release("1", url=url, sha256=DIGEST))


async def test_a_redirect_is_not_followed():
    headers = (("Location", "http://127.0.0.1:1/x"),)
    async with serve(lambda _: Say("", status=302, headers=headers)) as web:
        url = f"http://127.0.0.1:{web.port}/fw/a.bin"
        with pytest.raises(UnexpectedReply, match="HTTP 302"):
            await check(Release("1", url=url, sha256=DIGEST), web)


async def test_an_image_that_our_server_gives_to_phones_only_is_looked_at_in_its_folder(tmp_path):
    """Who runs apply stands in no network of phones: the server knows nothing of it."""
    (tmp_path / "a b.bin").write_bytes(CONTENT)
    async with serve(lambda _: Say("Not Found\n", status=404)) as web:
        url = f"http://127.0.0.1:{web.port}/fw/"
        right = Release("1", url=f"{url}a%20b.bin", sha256=DIGEST, size=800)
        assert "checksum right in" in await check(right, web, folder=tmp_path)
        wrong = Release("1", url=f"{url}a%20b.bin", sha256="0" * 64)
        with pytest.raises(UnexpectedReply, match="checksum is another"):
            await check(wrong, web, folder=tmp_path)
        for name in ("none.bin", "..%2fa%20b.bin", ""):
            with pytest.raises(UnexpectedReply, match="HTTP 404"):
                await check(Release("1", url=url + name, sha256=DIGEST), web, folder=tmp_path)


async def test_an_image_that_is_not_there_is_named_without_what_lets_in():
    release = Release("1", url="http://user:canary-9fXw@127.0.0.1:9/fw/a.bin?k=v", sha256=DIGEST)
    with pytest.raises(Unreachable) as missed:
        await check_image(release, own="http://user:canary-9fXw@127.0.0.1:9", allow_unchecked=False)
    assert "http://127.0.0.1:9/fw/a.bin cannot be fetched from here" in str(missed.value)
    assert "canary" not in str(missed.value)


PHONE = Placed(Address("phone", "main", "a"), "yealink", "T46S", "0" * 12, "", ())
NEW = Release("66.86.0.15")


def opening(*answers):
    """Phones that answer one after the other: a version, or a failure."""
    left = list(answers)

    @asynccontextmanager
    async def device(_phone):
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer

        async def status():
            return Status(Identity("yealink", "C", firmware=answer))

        yield SimpleNamespace(status=status)

    vendor = SimpleNamespace(upgrade_s=600)
    return SimpleNamespace(device=device, devices={"yealink": vendor})


async def wait(*answers, limit_s=5.0):
    async def sleep(_seconds):
        return None

    return await wait_for(PHONE, NEW, opening(*answers), Watch(0, limit_s), sleep)


AWAY = Unreachable("phone/main/a", "connecting", "no answer")


async def test_it_is_done_when_the_phone_says_so():
    assert await wait("66.84.0.1", AWAY, AWAY, "66.86.0.15") == "it runs 66.86.0.15"


async def test_a_phone_that_does_not_come_back():
    with pytest.raises(Unreachable, match="not tried again"):
        await wait(AWAY, limit_s=0.05)


async def test_a_phone_that_kept_the_old_version():
    with pytest.raises(UnexpectedReply, match=r"still runs 66\.84\.0\.1"):
        await wait("66.84.0.1", limit_s=0.05)


async def test_waiting_does_not_go_on_with_logins_that_are_refused():
    with pytest.raises(LockedOut):
        await wait(LockedOut("phone/main/a", "logging in", "locked"))
