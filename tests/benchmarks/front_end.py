"""What reading an estate costs: CPU seconds and memory by stage, cold and from the cache.

usage: python tests/benchmarks/front_end.py [PHONES] [FILES]

Makes an estate of that many phones, as many extensions, and a ring group for every fifty; each
stage of a run is measured in a process of its own kind: cold (no cache), then warm.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any, TypeVar

T = TypeVar("T")
_INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  hq: {adapter: memory, timezone: Europe/London}
sites:
  office: {timezone: Europe/London, country: GB, phones: {adapter: memory}}
templates:
  house: {vendor: yealink, features: {language: English}}
  desk:
    vendor: yealink
    extends: house
    sip: {codecs: [g722, alaw], srtp: optional}
    network: {voice_vlan: 20}
    line_keys: [{speed: "999", label: Emergency, position: 10}]
"""


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(phones: int, files: int) -> None:
    """Make the estate and measure both runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = make_estate(folder / "estate", phones, files)
        say(f"{phones} phones, {phones} extensions, {files} files, {size / 1e6:.1f} MB")
        for run in ("cold", "warm"):
            command = [sys.executable, __file__, "--measure", run, str(folder)]
            subprocess.run(command, check=True)


def make_estate(folder: Path, phones: int, files: int) -> int:
    """Write an estate; return its size in bytes."""
    folder.mkdir(parents=True)
    (folder / "inventory.yaml").write_text(_INVENTORY)
    share = -(-phones // files)
    for number in range(files):
        indexes = range(number * share, min((number + 1) * share, phones))
        (folder / f"part{number:03}.yaml").write_text("\n".join(_part(indexes)) + "\n")
    return sum(each.stat().st_size for each in folder.iterdir())


def _part(indexes: range) -> Iterator[str]:
    yield "apiVersion: reconciler/v1\npbx: hq\nsite: office\nextensions:"
    for index in indexes:
        number = 10000 + index
        yield (
            f'  "{number}":\n    name: Person {index}\n'
            f'    caller_id: {{name: Person {index}, number: "+44113496{index:05}"}}\n'
            f'    secret: {{secret: "store:ext-{number}"}}\n'
            f"    voicemail: {{enabled: true, email: p{index}@example.com, "
            "pin: {secret: generated}}\n    ring_time: 20\n    call_waiting: true\n"
            "    max_contacts: 2\n    codecs: [g722, alaw, ulaw]"
        )
    yield "ring_groups:"
    for index in indexes[::50]:
        members = ", ".join(f'"{10000 + each}"' for each in indexes if index <= each < index + 8)
        yield (
            f'  "{70000 + index}": {{name: Team {index}, members: [{members}], '
            f"no_answer: voicemail/{10000 + index}}}"
        )
    yield "phones:"
    for index in indexes:
        number = 10000 + index
        mac = f"80:5e:c0:{index >> 16:02x}:{(index >> 8) & 255:02x}:{index & 255:02x}"
        yield (
            f"  p{index}:\n    mac: {mac}\n    model: T43U\n    vendor: yealink\n"
            f'    template: desk\n    lines: [{{extension: "{number}", label: Desk {index}}}]\n'
            f"    keys: [{{blf: extension/{number}}}, {{speed: voicemail/{number}}}]\n"
            f"    location: room {index}\n    tags: [desk, floor-{index % 9}]\n"
            f'    serial: "{index:010}"'
        )


def measure(run: str, folder: Path) -> None:
    """Run the stages once, printing what each cost."""
    started = process_time()
    from reconciler.adapters.memory import MemoryAdapter
    from reconciler.language.cache import recall, remember
    from reconciler.language.collector import collector_paused
    from reconciler.language.decode import decode
    from reconciler.language.load import load
    from reconciler.language.parse import parse
    from reconciler.resolve.resolve import resolve
    from reconciler.rules import check

    say(f"{run}: imports {process_time() - started:.2f} s")
    total = 0.0

    def stage(name: str, work: Callable[[], T]) -> T:
        nonlocal total
        before = process_time()
        result = work()
        spent = process_time() - before
        total += spent
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"  {name:9} {spent:6.3f} s   {memory:6.0f} MB at most so far")
        return result

    with collector_paused():
        sources = stage("load", lambda: load([folder / "estate"], cwd=folder))
        known: Any = {}
        if run == "warm":
            known = stage("recall", lambda: recall(folder / "cache", sources.value))
        nodes = stage("parse", lambda: parse(sources.value, known))
        declared = stage("decode", lambda: decode(nodes.value))
        adapters = {"memory": MemoryAdapter()}
        desired = stage("resolve", lambda: resolve(declared.value, adapters))
        today = date(2026, 11, 22)
        checked = stage("check", lambda: check(desired.value, today=today))
    say(f"  {'together':9} {total:6.3f} s")
    found = (
        sources.diagnostics, nodes.diagnostics, declared.diagnostics, desired.diagnostics,
        checked.diagnostics,
    )  # fmt: skip
    errors = [each for part in found for each in part if each.severity == "error"]
    assert not errors, errors[:3]
    if run == "cold":
        stage("remember", lambda: remember(folder / "cache", nodes.value, ()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        given = [int(each) for each in sys.argv[1:]]
        main(*(given + [10000, 30][len(given) :]))
