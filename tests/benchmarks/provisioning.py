"""The provisioning server: 10,000 phones fetch 5 files each over TLS, from another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from reconciler.model.address import Address
from reconciler.provisioning.store.records import Access, Publication, PublishedFile
from tests.benchmarks.fetching import FILES, content, mac_of, name_of
from tests.benchmarks.measure import Cost
from tests.benchmarks.table import Row, say
from tests.provisioning.serving import INSIDE, OUTSIDE, Place, Server

PART = "provisioning server, TLS"
PHONES = 10_000
TRIES = 1_000
FACTS = "a new TLS connection for each phone, 5 files over it"
_ROOT = Path(__file__).parents[2]


def measure(phones: int = PHONES) -> Iterator[Row]:
    """Yield the rows of a fleet that boots at once, and of strangers who are told nothing."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        place = Place(Path(name))
        write_certificate(place.folder)
        place.write(
            "  require: [subnet]\n"
            "  limits: {failures_per_minute: 1000000}\n"
            "  listen: {certificate: cert.pem, key: key.pem}\n"
        )
        say(f"provisioning: publishing {phones * FILES:,} files")
        _publish(place, phones)
        with place.server("--quiet") as server:
            for what in ("first fetch of each phone", "second fetch, contents cached"):
                say(f"provisioning: {what}")
                yield _fleet(server, what, phones)
            say("provisioning: what strangers can tell from the time of an answer")
            yield _strangers(server)


def _publish(place: Place, phones: int) -> None:
    with place.store() as store:
        for start in range(0, phones, 1000):
            store.publish([_phone(each) for each in range(start, min(phones, start + 1000))])


def _phone(number: int) -> Publication:
    files = tuple(
        PublishedFile(name_of(number, each), "text/plain", content(number, each))
        for each in range(FILES)
    )
    owner = Address("phone", "london", f"desk-{number}")
    return Publication(
        owner, "london", files, mac_of(number), "yealink", "T46S", subnets=("127.1.0.0/16",),
        access=Access("", mac_of(number), f"password-{number}"),
    )  # fmt: skip


def _fleet(server: Server, what: str, phones: int) -> Row:
    before = _cpu_s(server.process.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.fetching", str(server.port), str(phones)],
        cwd=_ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    cpu = _cpu_s(server.process.pid) - before
    requests = phones * FILES
    ratio = (
        f"{requests / found['wall_s']:,.0f} requests/s ({requests / cpu:,.0f} per CPU second); "
        f"p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms; errors {found['errors']}, "
        f"wrong files {found['wrong']}"
    )
    return Row(PART, what, requests, Cost(cpu, cpu, found["wall_s"], _rss_mb(server)), ratio)


def _strangers(server: Server) -> Row:
    """Known and unknown MACs asked for from outside, in turns: medians of the time to an answer."""
    times: dict[str, list[float]] = {"known": [], "unknown": [], "other network": []}
    connections = {
        "known": server.connection(OUTSIDE),
        "unknown": server.connection(OUTSIDE),
        "other network": server.connection(INSIDE),
    }
    for number in range(TRIES):
        for whose, mac in (
            ("known", mac_of(number)),
            ("unknown", f"0015650{number:05x}"),
            ("other network", f"0015651{number:05x}"),
        ):
            began = datetime.now(UTC)
            connections[whose].request("GET", f"/{mac}.cfg")
            got = connections[whose].getresponse()
            got.read()
            assert got.status == 404
            times[whose].append((datetime.now(UTC) - began) / timedelta(milliseconds=1))
    medians = {whose: median(each) for whose, each in times.items()}
    apart = max(medians.values()) - min(medians.values())
    said = ", ".join(f"{whose} {each:.2f} ms" for whose, each in medians.items())
    return Row(PART, "refusals, medians", 3 * TRIES, None, f"{said}: {apart:.2f} ms apart")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(server: Server) -> float:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(each.split()[1]) / 1024 for each in lines if each.startswith("VmHWM"))


def write_certificate(folder: Path) -> None:
    """Write a self-signed certificate for loopback (ECDSA P-256) and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=prov.example.test", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
