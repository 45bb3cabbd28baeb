"""Candidates as YAML, in the operator's own words: declared, and given nothing yet. Pure."""

import re
from collections.abc import Collection, Sequence
from typing import Final

import yaml

from reconciler.discovery.evidence import Candidate

_LONGEST: Final = 96


def name_of(candidate: Candidate, taken: Collection[str]) -> str:
    """Return a name that is free: model and the end of the MAC, or of the address."""
    end = candidate.mac[-6:] or candidate.address.replace(".", "-")
    model = re.sub(r"[^a-z0-9]+", "-", (candidate.model or candidate.vendor).lower()).strip("-")
    first = name = f"{model or 'phone'}-{end}"
    number = 2
    while name in taken:
        name = f"{first}-{number}"
        number += 1
    return name


def write_candidates(
    candidates: Sequence[Candidate], site: str, taken: Collection[str], *, where: str, when: str
) -> str:
    """Return a file that declares candidates. Those without a MAC stand in it as comments.

    A phone is known by its MAC: what has none yet cannot be declared.
    """
    lines = [
        "apiVersion: reconciler/v1",
        f"site: {_flow(site)}",
        "",
        f"# Found on {when} by: reconciler discover {where}",
        "# These phones are given nothing before they are onboarded: reconciler onboard '*'",
        "phones:",
    ]
    names = set(taken)
    known = [each for each in candidates if each.mac and each.model]
    for each in known:
        name = name_of(each, names)
        names.add(name)
        lines += [f"  # {each.sure}: {text}" for text in _why(each)[:1]]
        lines += [f"  #   {text}" for text in _why(each)[1:]]
        lines += [
            f"  {_flow(name)}:",
            f"    mac: {_flow(each.mac)}",
            f"    vendor: {_flow(each.vendor)}",
            f"    model: {_flow(each.model)}",
            f"    address: {each.address}",
            "    lines: []",
            "    lifecycle: discovered",
        ]
    if not known:
        lines[-1] = "phones: {}"
    lost = [each for each in candidates if not (each.mac and each.model)]
    if lost:
        lines += [
            "",
            "# Seen, but without a MAC or model: look from their own segment, or type it.",
        ]
        lines += [
            f"#   {each.address}  {each.vendor} {each.model or '?'}  {each.mac or 'MAC unknown'}"
            for each in lost
        ]
    return "\n".join(lines) + "\n"


def _why(candidate: Candidate) -> list[str]:
    texts = [*dict.fromkeys(candidate.why), *([candidate.conflict] if candidate.conflict else [])]
    return [_plain(text) for text in texts] or ["seen"]


def _plain(text: str) -> str:
    """Return a stranger's words fit for a comment: one line, no control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)[:_LONGEST]


def _flow(value: str) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000)
    return text.removesuffix("\n").removesuffix("...").rstrip("\n")
