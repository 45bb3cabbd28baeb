"""Who says what it is: agents, MACs, pages, networks; and what that makes of a host."""

import pytest

from reconciler.discovery.agents import recognise
from reconciler.discovery.evidence import Host, Seen, conclude, conclude_all
from reconciler.discovery.http_probe import recognise_page
from reconciler.discovery.neighbours import parse_table
from reconciler.discovery.oui import whose_mac
from reconciler.discovery.scan import Progress, load, registered, save
from reconciler.discovery.subnet import NotLookedAt, hosts_of
from reconciler.discovery.writing import name_of, write_candidates
from reconciler.transport.phone_http import PhoneAnswer

AGENTS = [
    ("Grandstream GXP1628 1.0.4.138", "grandstream", "GXP1628", "1.0.4.138", ""),
    ("Grandstream Model HW GRP2614 V1.6B SW 1.0.5.15 DevId c074ad0b63ee", "grandstream", "GRP2614",
     "1.0.5.15", "c074ad0b63ee"),
    ("Yealink SIP-T46U 108.86.0.90", "yealink", "T46U", "108.86.0.90", ""),
    ("Yealink SIP-T46S 66.84.0.15 00:15:65:aa:bb:cc", "yealink", "T46S", "66.84.0.15",
     "001565aabbcc"),
    ("Yealink W70B 146.85.0.20", "yealink", "W70B", "146.85.0.20", ""),
    ("PolycomVVX-VVX_411-UA/6.4.7.4560", "polycom", "VVX411", "6.4.7.4560", ""),
    ("PolycomVVX-VVX_350-UA/5.8.0.13337_64167faabbcc", "polycom", "VVX350", "5.8.0.13337",
     "64167faabbcc"),
    ("PolyEdge-Edge_E350-UA/8.6.0.1321_482567aabbcc", "polycom", "EdgeE350", "8.6.0.1321",
     "482567aabbcc"),
    ("FileTransport PolycomVVX-VVX_411-UA/6.4.7.3828 Type/Updater", "polycom", "VVX411",
     "6.4.7.3828", ""),
    ("snomD785/10.1.215.13", "snom", "D785", "10.1.215.13", ""),
    ("Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)", "snom",
     "710", "8.7.5.35", "000413741767"),
    ("Fanvil X4 2.10.2.6887 0c383e07e16c", "fanvil", "X4", "2.10.2.6887", "0c383e07e16c"),
    ("Cisco/SPA508G-7.4.8a (8843E1234567)(CBT141100E3)", "cisco", "SPA508G", "7.4.8a",
     "8843e1234567"),
    ("Linksys/SPA-942-6.1.5(a) (88019FA42805)", "cisco", "SPA-942", "6.1.5(a)", "88019fa42805"),
    ("Cisco-CP-8841-3PCC/11.0 (00562b000001)", "cisco", "CP-8841-3PCC", "11.0", "00562b000001"),
    ("N510 IP PRO/42.245.00.000.000;7C2F80AABBCC", "gigaset", "N510IPPRO", "42.245.00.000.000",
     "7c2f80aabbcc"),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "vendor", "model", "firmware", "mac"), AGENTS)
def test_agents(agent, vendor, model, firmware, mac):
    found = recognise(agent, "sip")
    assert (found.vendor, found.model, found.firmware, found.mac) == (vendor, model, firmware, mac)


@pytest.mark.parametrize(
    "agent", ["", "Asterisk PBX 22.1.0", "friendly-scanner", "x" * 9000, "\x00"]
)
def test_agents_that_nobody_knows(agent):
    assert recognise(agent, "sip") is None


def test_macs():
    assert whose_mac("805ec0000001").vendor == "yealink"
    assert whose_mac("144cff000001").vendor == "grandstream"  # newer than the packaged list
    assert whose_mac("0c383e000001").sure == "low"  # shared with another maker
    assert whose_mac("7c2f80000001").vendor == "gigaset"
    assert whose_mac("001fc6000001").vendor == ""  # ASUSTek, whatever others say
    assert whose_mac("fcfbfb000001").vendor == ""  # Cisco's says nothing of a phone
    assert whose_mac("020000000001") is None


def test_a_mac_alone_is_no_phone():
    assert conclude(Host("192.0.2.1", (whose_mac("805ec0000001"),))) is None


def test_two_independent_words_make_it_surer():
    sip = recognise("snomD785/10.1.215.13", "sip")
    alone = conclude(Host("192.0.2.1", (sip,)))
    both = conclude(Host("192.0.2.1", (sip, whose_mac("000413000001"))))
    assert (alone.sure, both.sure) == ("medium", "high")
    assert both.mac == "000413000001"


def test_words_that_contradict_each_other_are_said():
    seen = (recognise("snomD785/10.1", "sip"), Seen("http", "page", "yealink", sure="medium"))
    found = conclude(Host("192.0.2.1", seen))
    assert found.sure == "low"
    assert "something also says" in found.conflict


def test_a_phone_with_two_addresses_is_one():
    sip = recognise("Yealink SIP-T46S 66.84.0.15 00:15:65:aa:bb:cc", "sip")
    found = conclude_all([Host("192.0.2.9", (sip,)), Host("192.0.2.10", (sip,))])
    assert len(found) == 1


@pytest.mark.parametrize(
    "text",
    ["127.0.0.0/24", "224.0.0.0/24", "169.254.0.0/24", "010.0.0.0/24", "10.0.0.0/8",
     "2001:db8::/64", "0.0.0.0/8", "240.0.0.0/24", "office", "192.0.2.0/33"],
)  # fmt: skip
def test_networks_that_are_not_looked_at(text):
    with pytest.raises(NotLookedAt):
        hosts_of(text)


def test_networks_that_are():
    assert len(hosts_of("192.0.2.0/24")) == 254
    assert hosts_of("192.0.2.7") == ("192.0.2.7",)
    assert len(hosts_of("10.0.0.0/16", large=True)) == 65_534
    assert len(hosts_of("127.0.0.0/24", loopback=True)) == 254


def test_neighbour_tables():
    linux = (
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.0.2.7        0x1         0x2         80:5e:c0:aa:bb:01     *        eth0\n"
        "192.0.2.8        0x1         0x0         00:00:00:00:00:00     *        eth0\n"
    )
    assert parse_table(linux) == {"192.0.2.7": "805ec0aabb01"}
    mac = "? (192.0.2.9) at 0:15:65:a:b:c on en0 ifscope [ethernet]\n"
    assert parse_table(mac) == {"192.0.2.9": "0015650a0b0c"}


@pytest.mark.parametrize(
    ("headers", "challenges", "body", "vendor", "model"),
    [
        ({"server": "Poly Edge Telephone HTTPd"}, (), "", "polycom", ""),
        ({}, ('Basic realm="d785"',), "<title>snom D785</title>", "snom", "D785"),
        ({}, (), "<title>SPA504G Configuration Utility</title>", "cisco", "SPA504G"),
        ({"server": "Grandstream GXP2020 1.2.5.3"}, (), "", "grandstream", ""),
        ({"location": "/servlet?p=login&q=loginForm"}, (), "", "yealink", ""),
        ({}, ('Basic realm="Fanvil"',), "", "fanvil", ""),
    ],
)
def test_pages(headers, challenges, body, vendor, model):
    found = recognise_page(PhoneAnswer(200, headers, body.encode(), {}, challenges))
    assert (found.vendor, found.model) == (vendor, model)


def test_who_is_registered_is_found_without_asking_any_phone():
    rows = [("192.0.2.9", "office", "1001", "Yealink SIP-T46S 66.84.0.15"),
            ("192.0.2.10", "office", "1002", "Linphone/5.0")]  # fmt: skip
    (found,) = conclude_all(registered(rows, {}).values())
    assert (found.vendor, found.model, found.extension) == ("yealink", "T46S", ("office", "1001"))


def test_a_scan_goes_on_where_it_was_stopped(tmp_path):
    sip = recognise("Yealink SIP-T46S 66.84.0.15", "sip")
    progress = Progress(3, {"192.0.2.1"}, {"192.0.2.1": Host("192.0.2.1", (sip,))})
    save(progress, tmp_path / "scan.json", {"kind": "sip"})
    again = load(tmp_path / "scan.json", {"kind": "sip"}, 3)
    assert (again.done, again.hosts) == (progress.done, progress.hosts)
    assert load(tmp_path / "scan.json", {"kind": "http"}, 3) is None
    (tmp_path / "scan.json").write_text("[]")
    assert load(tmp_path / "scan.json", {"kind": "sip"}, 3) is None


def test_a_page_of_a_printer_is_none():
    answer = PhoneAnswer(200, {"server": "HP HTTP Server"}, b"<title>LaserJet</title>", {})
    assert recognise_page(answer) is None


def test_candidates_are_yaml_that_cannot_be_broken_out_of():
    import yaml

    sly = Seen("sip", "User-Agent x\n    evil: yes", "yealink", "T46S", "1.2", "001565aabbcc")
    lost = Seen("http", "its page", "cisco", "SPA504G")
    found = conclude_all([Host("192.0.2.9", (sly,)), Host("192.0.2.10", (lost,))])
    text = write_candidates(found, "main", ["t46s-aabbcc"], where="main", when="2026-01-01")
    data = yaml.safe_load(text)
    assert data["phones"] == {
        "t46s-aabbcc-2": {
            "mac": "001565aabbcc", "vendor": "yealink", "model": "T46S", "address": "192.0.2.9",
            "lines": [], "lifecycle": "discovered",
        }
    }  # fmt: skip
    assert "192.0.2.10  cisco SPA504G  MAC unknown" in text
    assert name_of(found[1], ()) in ("t46s-aabbcc", "spa504g-192-0-2-10")
