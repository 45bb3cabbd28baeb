"""Which changes light up Apply Config: recorded for each mutation of both versions."""

import pytest

from tests.lab.freepbx.client import Client

PERSON = '{extensionId: "1500", name: "Flag", email: "f@example.com"}'
GROUP = '{groupNumber: 650, strategy: "ringall", extensionList: "1500", description: "F"}'
ROUTE = '{extension: "15550001", destination: "from-did-direct,1500,1"}'
ANNOUNCEMENT = '{description: "A", post_dest: "app-blackhole,hangup,1"}'
DEVICE = (
    '{id: "1600", tech: "pjsip", dial: "PJSIP/1600", devicetype: "fixed", user: "1600", '
    'description: "D", emergency_cid: ""}'
)

STEPS: tuple[tuple[str, bool, bool], ...] = (
    (f"addExtension(input: {PERSON}) {{ status }}", True, True),
    (f"updateExtension(input: {PERSON}) {{ status }}", True, True),
    ('enableVoiceMail(input: {extensionId: "1500", password: "1"}) { status }', False, False),
    ('disableVoiceMail(input: {extensionId: "1500"}) { status }', False, False),
    ('enableFollowMe(input: {extensionId: "1500"}) { status }', False, False),
    ('updateFollowMe(input: {extensionId: "1500", enabled: true}) { status }', False, False),
    ('disableFollowMe(input: {extensionId: "1500"}) { status }', False, False),
    (f"addInboundRoute(input: {ROUTE}) {{ status }}", False, False),
    (f"updateInboundRoute(input: {ROUTE}) {{ status }}", False, False),
    ('removeInboundRoute(input: {id: "15550001/"}) { status }', False, False),
    (f"addRingGroup(input: {GROUP}) {{ status }}", True, False),
    ('updateRingGroup(input: {groupNumber: 650, description: "G"}) { status }', True, False),
    ("deleteRingGroup(input: {groupNumber: 650}) { status }", True, False),
    (f"addAnnouncement(input: {ANNOUNCEMENT}) {{ announcement {{ id }} }}", False, False),
    ('addBlacklist(input: {number: "1", description: ""}) { clientMutationId }', False, False),
    ('removeBlacklist(input: {number: "1"}) { clientMutationId }', False, False),
    ('updateAdvanceSettings(input: {keyword: RINGTIMER, value: "20"}) { status }', False, False),
    (f"addCoreDevice(input: {DEVICE}) {{ status }}", False, False),
    ('deleteCoreDevice(input: {id: "1600"}) { status }', False, False),
    ('deleteExtension(input: {extensionId: "1500"}) { status }', True, True),
)  # fmt: skip
"""A mutation, and whether it sets the flag on 17 and on 16."""


@pytest.fixture(autouse=True)
def _is_told(client: Client) -> None:
    client.data("{ fetchNeedReload { status } }")


def test_the_flag_is_set_by_those_mutations_only(client: Client) -> None:
    wrong = []
    for mutation, on_17, on_16 in STEPS:
        client.emulator.pbx.tables.needs_reload = False
        client.data(f"mutation {{ {mutation} }}")
        said = client.data("{ fetchNeedReload { message } }")["fetchNeedReload"]["message"]
        sets = on_17 if client.emulator.pbx.version.is_17 else on_16
        if said != ("Doreload is required" if sets else "Doreload is not required"):
            wrong.append(mutation)
    assert wrong == []


def test_changes_without_a_flag_are_not_in_effect(client: Client) -> None:
    client.ajax("module=core&command=getJSON&jdata=allDID")
    client.data(
        'mutation { addBlacklist(input: {number: "1", description: ""}) { clientMutationId } }'
    )
    assert not client.emulator.pbx.tables.needs_reload
    assert not client.emulator.pbx.in_effect
