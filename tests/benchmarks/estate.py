"""Estates to measure with: phones, as many extensions, a ring group for every ten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SHARE = 250
"""Extensions and phones per file, as a floor or a team would have its own."""

_MEMORY = """\
apiVersion: reconciler/v1
workspace: {name: bench}
pbxs:
  hq: {adapter: memory, file: pbx.json, timezone: Europe/London}
sites:
  office: {timezone: Europe/London, country: GB, phones: {adapter: memory, file: phones.json}}
templates:
  house: {vendor: yealink, features: {language: English}}
  desk:
    vendor: yealink
    extends: house
    sip: {codecs: [g722, alaw], srtp: optional}
    network: {voice_vlan: 20}
"""


def write_estate(folder: Path, phones: int, changed: float = 0.0) -> int:
    """Write an estate for the memory platform; return how many objects it declares.

    In the first `changed` of the files, every extension has another ring time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inventory.yaml").write_text(_MEMORY)
    for number, start in enumerate(range(0, phones, SHARE)):
        indexes = range(start, min(start + SHARE, phones))
        of_file = max(0, round(phones * changed) - start)
        text = "\n".join(_part(indexes, frozenset(indexes[:of_file])))
        (folder / f"part{number:03}.yaml").write_text(text + "\n")
    return 2 * phones + phones // 10


def secrets(phones: int) -> dict[str, str]:
    """Return the environment that the estate's secrets come from."""
    return {f"EXT_{10000 + index}": f"pw{10000 + index}Xy7q" for index in range(phones)}


def _part(indexes: range, changed: frozenset[int]) -> Iterator[str]:
    yield "apiVersion: reconciler/v1\npbx: hq\nsite: office\nextensions:"
    for index in indexes:
        yield _extension(index, 30 if index in changed else 20)
    yield "ring_groups:"
    for index in indexes[::10]:
        members = ", ".join(f'"{10000 + each}"' for each in indexes if index <= each < index + 5)
        yield (
            f'  "{500000 + index}":\n    name: Team {index}\n    members: [{members}]\n'
            f"    strategy: ringall\n    ring_time: 25\n    no_answer: voicemail/{10000 + index}"
        )
    yield "phones:"
    for index in indexes:
        number = 10000 + index
        mac = f"80:5e:c0:{index >> 16:02x}:{(index >> 8) & 255:02x}:{index & 255:02x}"
        yield (
            f"  p{index}:\n    mac: {mac}\n    vendor: yealink\n    model: T43U\n"
            f"    template: desk\n"
            f'    lines: [{{extension: "{number}", label: Desk {index}}}]\n'
            f"    keys: [{{blf: extension/{number}}}, {{speed: voicemail/{number}}}]\n"
            f"    location: room {index}\n    tags: [desk, floor-{index % 9}]\n"
            f'    serial: "{index:010}"'
        )


def _extension(index: int, ring_time: int) -> str:
    number = 10000 + index
    return (
        f'  "{number}":\n    name: Person {index}\n'
        f'    caller_id: {{name: Person {index}, number: "+44113{index:07}"}}\n'
        f'    secret: {{secret: "env:EXT_{number}"}}\n'
        f"    voicemail: {{enabled: true, email: p{index}@example.com, attach: true}}\n"
        f"    ring_time: {ring_time}\n    call_waiting: true\n"
        "    max_contacts: 2\n    dtmf: rfc4733\n    codecs: [g722, alaw, ulaw]"
    )


def write_asterisk_estate(folder: Path, extensions: int, port: int, ring_time: int = 20) -> None:
    """Write an estate of extensions on a real Asterisk; the first has its own ring time."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inventory.yaml").write_text(
        "apiVersion: reconciler/v1\nworkspace: {name: bench}\npbxs:\n  hq:\n"
        "    adapter: asterisk\n    timezone: Europe/London\n"
        f'    ami: {{port: {port}, password: {{secret: "env:AMI_PASSWORD"}}}}\n'
    )
    entries = (_extension(each, ring_time if each == 0 else 20) for each in range(extensions))
    (folder / "people.yaml").write_text(
        "\n".join(["apiVersion: reconciler/v1\npbx: hq\nextensions:", *entries]) + "\n"
    )
