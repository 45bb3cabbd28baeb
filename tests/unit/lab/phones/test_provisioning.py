"""Phones fetch, in their vendor's order and under its name, and take what the files say.

The expected requests and the files are excerpts of recorded ones.
"""

from collections.abc import Iterator

import pytest

from reconciler.lab.phones import Fleet, Spec
from reconciler.lab.phones.firmware import make_image
from reconciler.lab.phones.grandstream.file import read_binary
from reconciler.lab.phones.phone import EmulatedPhone
from tests.unit.lab.phones.server import Files

GXP = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<gs_provision version="1"><mac>000b82123456</mac><config version="1">
<P271>1</P271><P270>Alice</P270><P47>pbx.example.test:5080</P47><P35>1001</P35><P36>1001</P36>
<P34>s3cret-1001</P34><P32>10</P32><P401>0</P401><P2>Adm1n-example</P2>
</config></gs_provision>"""
GRP = """<gs_provision version="1"><mac>c074ad0b63ee</mac><config version="2">
<item name="account.1"><part name="enable">Yes</part><part name="sip.userid">1001</part></item>
<item name="account.1.sip.server.1.address">pbx.example.test</item>
<item name="account.1.sip.transport">TCP</item>
<item name="users.admin.password">Adm1n-example</item>
</config></gs_provision>"""
BOOT = '#!version:1.0.0.1\ninclude:config "y000000000066.cfg"\ninclude:config "001565abcdef.cfg"\n'
COMMON = """#!version:1.0.0.1
static.security.user_password = admin:Adm1n-example
sip.notify_reboot_enable = 0
#static.firmware.url = http://192.0.2.10/old.rom
"""
OWN = """#!version:1.0.0.1
account.1.enable = 1
account.1.label = Alice
account.1.user_name = 1001
account.1.auth_name = 1001
account.1.password = s3cret-1001
account.1.sip_server.1.address = pbx.example.test
account.1.sip_server.1.port = 5060
account.2.user_name = %NULL%
[T46S,T48S]screensaver.wait_time = 600
[T42S]screensaver.wait_time = 60
"""
MASTER = """<?xml version="1.0"?><APPLICATION APP_FILE_PATH="" CONFIG_FILES="site.cfg"
 OVERRIDES_DIRECTORY="overrides" LOG_FILE_DIRECTORY="log">
 <APPLICATION_VVX411 CONFIG_FILES_VVX411="[PHONE_MAC_ADDRESS]-settings.cfg, site.cfg"/>
</APPLICATION>"""
SETTINGS = """<polycomConfig><reg reg.1.address="1001" reg.1.label="Alice"
 reg.1.auth.userId="1001" reg.1.auth.password="s3cret-1001"
 reg.1.server.1.address="pbx.example.test" reg.1.server.1.port="5060" reg.2.address=""/>
</polycomConfig>"""
SITE = """<polycomConfig device.set="1" reg.1.label="weaker"
 device.auth.localAdminPassword.set="1" device.auth.localAdminPassword="Adm1n-example"
 device.prov.user="unset" apps.restapi.enabled="1"/>"""


@pytest.fixture
def files() -> Iterator[Files]:
    with Files() as server:
        yield server


def of_phone(each: EmulatedPhone) -> tuple[str, str, str, int]:
    account = each.phone.accounts[1]
    return account.user, account.password, account.server, account.port


async def fetched(spec: Spec, files: Files, folder: str) -> EmulatedPhone:
    async with Fleet([spec], provisioning_url=files.url(folder)) as fleet:
        await fleet.wait(lambda each: each[0].phone.happened["fetch"] > 0)
        return fleet[0]


async def test_grandstream_falls_back_from_its_own_file_to_all_phones(files: Files) -> None:
    phone = await fetched(Spec("GRP2614", mac="c074ad0b63ee"), files, "gs")
    assert files.asked == [
        "/gs/cfgc074ad0b63ee.xml", "/gs/cfgc074ad0b63ee", "/gs/cfggrp2614.xml", "/gs/cfg.xml",
    ]  # fmt: skip
    firmware = phone.phone.identity.firmware
    assert {agent for _, _, agent in files.seen} == {
        f"Grandstream Model HW GRP2614 SW {firmware} DevId c074ad0b63ee"
    }
    assert phone.phone.note == "no file for it on its server"


async def test_grandstream_takes_numbers(files: Files) -> None:
    files.files["/gs/cfg000b82123456.xml"] = GXP.encode()
    phone = await fetched(Spec("GXP2170", mac="000b82123456"), files, "gs")
    assert files.asked == ["/gs/cfg000b82123456.xml"]
    assert of_phone(phone) == ("1001", "s3cret-1001", "pbx.example.test", 5080)
    assert phone.phone.accounts[1].expires_s == 600  # minutes in the file
    assert phone.phone.password == "Adm1n-example"


async def test_grandstream_takes_names_where_the_model_knows_them(files: Files) -> None:
    files.files["/gs/cfgc074ad0b63ee.xml"] = GRP.encode()
    phone = await fetched(Spec("GRP2614", mac="c074ad0b63ee"), files, "gs")
    assert of_phone(phone)[0::2] == ("1001", "pbx.example.test")
    assert phone.phone.accounts[1].transport == "tcp"
    other = await fetched(Spec("GXP1628", mac="c074ad0b63ee"), files, "gs")
    assert "dialect of names" in other.phone.note
    assert not other.phone.accounts


async def test_grandstream_refuses_a_file_of_another_phone(files: Files) -> None:
    files.files["/gs/cfg000b82000001.xml"] = GXP.encode()
    phone = await fetched_with_note(Spec("GXP2170", mac="000b82000001"), files, "gs")
    assert phone.phone.note.endswith("is for 000b82123456, not for 000b82000001")
    assert not phone.phone.accounts


async def fetched_with_note(spec: Spec, files: Files, folder: str) -> EmulatedPhone:
    async with Fleet([spec], provisioning_url=files.url(folder)) as fleet:
        await fleet.wait(lambda each: bool(each[0].phone.note))
        return fleet[0]


def test_the_vector_of_the_binary_form() -> None:
    raw = bytes.fromhex(
        "00000021b930000b821234560d0a0d0a5033353d31303031265034373d3139322e302e322e313026"
        "5033343d7333637265742d3130303126676e6b65793d30623832"
    )
    assert read_binary(raw, "cfg", "000b82123456") == {
        "35": "1001", "47": "192.0.2.10", "34": "s3cret-1001",
    }  # fmt: skip


async def test_ht_ports_have_numbers_of_their_own(files: Files) -> None:
    files.files["/gs/cfgc074ad999999.xml"] = b"""<gs_provision version="1"><config version="1">
<P271>1</P271><P47>192.0.2.10</P47><P4595>1</P4595><P4060>2101</P4060><P4120>one</P4120>
<P4596>1</P4596><P4061>2102</P4061><P4091>x2102</P4091><P4121>two</P4121><P4597>0</P4597>
</config></gs_provision>"""
    phone = await fetched(Spec("HT814", mac="c074ad999999"), files, "gs")
    assert {n: (e.user, e.auth, e.password) for n, e in phone.phone.accounts.items()} == {
        1: ("2101", "2101", "one"), 2: ("2102", "x2102", "two"),
    }  # fmt: skip


async def test_yealink_goes_by_its_boot_file(files: Files) -> None:
    files.files = {
        "/y/001565abcdef.boot": BOOT.encode(), "/y/y000000000066.cfg": COMMON.encode(),
        "/y/001565abcdef.cfg": OWN.encode(),
    }  # fmt: skip
    phone = await fetched(Spec("T46S", mac="00:15:65:ab:cd:ef", firmware="66.86.0.15"), files, "y")
    assert files.asked == list(files.files)
    assert files.seen[0][2] == "Yealink SIP-T46S 66.86.0.15 00:15:65:ab:cd:ef"
    assert of_phone(phone) == ("1001", "s3cret-1001", "pbx.example.test", 5060)
    settings = phone.phone.settings
    assert settings["screensaver.wait_time"] == "600"
    assert settings["sip.notify_reboot_enable"] == "0"
    assert settings["account.2.user_name"] == ""
    assert phone.phone.password == "Adm1n-example"


async def test_yealink_without_a_boot_file_takes_the_common_and_its_own(files: Files) -> None:
    files.files["/y/805ec0000001.cfg"] = OWN.encode()
    await fetched(Spec("T54W", mac="805ec0000001"), files, "y")
    assert files.asked == [
        "/y/805ec0000001.boot", "/y/y000000000000.boot", "/y/y000000000096.cfg",
        "/y/805ec0000001.cfg",
    ]  # fmt: skip
    files.seen.clear()
    await fetched(Spec("T46G", mac="805ec0000002"), files, "y")
    assert files.asked == ["/y/y000000000028.cfg", "/y/805ec0000002.cfg"]


async def test_yealink_takes_no_file_without_its_first_line(files: Files) -> None:
    files.files["/y/805ec0000001.cfg"] = OWN.removeprefix("#!version:1.0.0.1\n").encode()
    phone = await fetched_with_note(Spec("T54W", mac="805ec0000001"), files, "y")
    assert phone.phone.note == "805ec0000001.cfg does not begin with #!version:1.0.0.1"
    assert not phone.phone.accounts


async def test_poly_reads_what_the_master_file_names_and_the_first_wins(files: Files) -> None:
    files.files = {
        "/p/000000000000.cfg": MASTER.encode(), "/p/site.cfg": SITE.encode(),
        "/p/64167faabbcc-settings.cfg": SETTINGS.encode(),
    }  # fmt: skip
    phone = await fetched(Spec("VVX 411", mac="64167faabbcc", web_control=False), files, "p")
    assert files.asked == [
        "/p/64167faabbcc.cfg", "/p/000000000000.cfg", "/p/64167faabbcc-settings.cfg",
        "/p/site.cfg", "/p/overrides/64167faabbcc-phone.cfg", "/p/overrides/64167faabbcc-web.cfg",
        "/p/64167faabbcc-license.cfg", "/p/64167faabbcc-directory.xml",
        "/p/000000000000-directory.xml", "/p/log/64167faabbcc-app.log",
    ]  # fmt: skip
    assert files.seen[0][2] == (
        f"FileTransport PolycomVVX-VVX_411-UA/{phone.phone.identity.firmware} Type/Updater"
    )
    assert of_phone(phone) == ("1001", "s3cret-1001", "pbx.example.test", 5060)
    assert phone.phone.accounts[1].name == "Alice"
    assert phone.phone.password == "Adm1n-example"
    assert "device.prov.user" not in phone.phone.settings  # it was not said to be set


async def test_what_is_set_over_rest_beats_the_files(files: Files) -> None:
    files.files["/p/482567000001.cfg"] = SETTINGS.encode()
    async with Fleet(
        [Spec("Edge E350", mac="482567000001")], provisioning_url=files.url("p")
    ) as fleet:
        phone = fleet[0].phone
        await fleet.wait(lambda _: phone.happened["applied"] == 1)
        phone.keep("reg.1.label", "Ada", override=True)
        phone.fetch()
        await fleet.wait(lambda _: phone.happened["applied"] == 2)
        assert phone.accounts[1].name == "Ada"


async def test_snom_fanvil_and_cisco_take_their_files(files: Files) -> None:
    files.files = {
        "/s/snomD785-000413AABBCC.htm": b"""<settings><phone-settings e="2">
<user_active idx="1">on</user_active><user_name idx="1">1001</user_name>
<user_pass idx="1">s3cret-1001</user_pass><user_host idx="1">pbx.example.test</user_host>
</phone-settings></settings>""",
        "/s/0c383e112233.cfg": b"""<sysConf><sip><line index="1"><PhoneNumber>1001</PhoneNumber>
<RegisterAddr>pbx.example.test</RegisterAddr><RegisterPswd>s3cret-1001</RegisterPswd>
<EnableReg>1</EnableReg></line></sip></sysConf>""",
        "/s/000e08aabbcc.xml": b"""<flat-profile><Line_Enable_1_>Yes</Line_Enable_1_>
<Proxy_1_>pbx.example.test</Proxy_1_><User_ID_1_>1001</User_ID_1_>
<Password_1_>s3cret-1001</Password_1_></flat-profile>""",
    }  # fmt: skip
    specs = [Spec("D785", mac="000413aabbcc"), Spec("X4U", mac="0c383e112233"),
             Spec("SPA504G", mac="000e08aabbcc")]  # fmt: skip
    for spec in specs:
        phone = await fetched(spec, files, "s")
        assert of_phone(phone) == ("1001", "s3cret-1001", "pbx.example.test", 5060)


@pytest.mark.parametrize(
    ("model", "mac", "names"),
    [
        ("GXP2170", "000b82000001", {"/f/cfg000b82000001.xml": '<gs_provision version="1">'
         "<config version='1'><P192>{host}/f</P192><P6767>1</P6767></config></gs_provision>"}),
        ("T46S", "805ec0000001", {"/f/805ec0000001.cfg": "#!version:1.0.0.1\n"
         "static.firmware.url = http://{host}/f/image\n"}),
        ("VVX411", "64167f000001", {"/f/64167f000001.cfg":
         '<APPLICATION APP_FILE_PATH="[PHONE_PART_NUMBER].sip.ld" CONFIG_FILES=""/>'}),
    ],
)  # fmt: skip
async def test_firmware_is_loaded_once_and_reported(
    files: Files, model: str, mac: str, names: dict[str, str]
) -> None:
    host = f"127.0.0.1:{files.port}"
    files.files = {name: text.replace("{host}", host).encode() for name, text in names.items()}
    shown = {"VVX411": "VVX 411"}.get(model, model)
    for name in ("gxp2170fw.bin", "image", "3111-48450-001.sip.ld"):
        files.files[f"/f/{name}"] = make_image([shown], "66.99.0.1")
    async with Fleet(
        [Spec(model, mac=mac)], provisioning_url=files.url("f"), reboot_s=0.05
    ) as fleet:
        phone = fleet[0].phone
        await fleet.wait(lambda _: phone.happened["fetch"] == 2)
        await fleet.wait(lambda _: not phone.task)
        assert phone.identity.firmware == "66.99.0.1"
        assert phone.happened["upgraded"] == 1
        assert "66.99.0.1" in files.seen[-1][2]


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (make_image(["T54W"], "96.88.0.1"), "firmware refused: it is for T54W"),
        (make_image(["T46S"], "66.99.0.1")[:-1], "firmware refused: the image is damaged"),
        (b"MZ", "firmware refused: it is no firmware image of the lab"),
    ],
)
async def test_firmware_for_others_or_damaged_is_refused(
    files: Files, image: bytes, why: str
) -> None:
    files.files = {
        "/f/805ec0000001.cfg": "#!version:1.0.0.1\nstatic.firmware.url = "
        f"http://127.0.0.1:{files.port}/f/image\n".encode(),
        "/f/image": image,
    }
    phone = await fetched_with_note(Spec("T46S", mac="805ec0000001"), files, "f")
    assert phone.phone.note == why
    assert phone.phone.happened["upgraded"] == 0


async def test_a_server_that_is_away_is_asked_again(files: Files) -> None:
    files.fails = True
    files.files["/y/805ec0000001.cfg"] = OWN.encode()
    async with Fleet(
        [Spec("T54W", mac="805ec0000001")], provisioning_url=files.url("y"), retry_s=0.05
    ) as fleet:
        await fleet.wait(lambda each: "HTTP 503" in each[0].phone.note)
        files.fails = False
        await fleet.wait(lambda each: bool(each[0].phone.accounts))


async def test_nothing_is_gone_to_outside_of_the_lab(files: Files) -> None:
    files.files["/y/805ec0000001.cfg"] = OWN.encode()
    async with Fleet(["T54W"], provisioning_url="https://prov.example.com/p/") as fleet:
        await fleet.wait(lambda each: bool(each[0].phone.note))
        note = fleet[0].phone.note
    assert "prov.example.com is not in the lab; map it to loopback" in note
    hosts = {"prov.example.com": f"127.0.0.1:{files.port}"}
    async with Fleet(
        [Spec("T54W", mac="805ec0000001")],
        provisioning_url="http://prov.example.com/y/", hosts=hosts,
    ) as fleet:  # fmt: skip
        await fleet.wait(lambda each: 1 in each[0].phone.accounts)
        await fleet.wait(lambda each: each[0].phone.accounts[1].state == "failed")
        assert "pbx.example.test is not in the lab" in fleet[0].phone.accounts[1].why
    with pytest.raises(ValueError, match="not an address on loopback"):
        Fleet(["T54W"], hosts={"pbx.example.com": "198.51.100.1"})
