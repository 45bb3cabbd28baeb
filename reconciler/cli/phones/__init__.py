"""`reconciler phones`: look at live phones and act on them."""

import click

from reconciler.cli.phones.acting import (
    backup,
    factory_reset,
    live_status,
    push_sip,
    reboot,
    resync,
    show_backup,
)
from reconciler.cli.phones.declaring import decommission, forget_login, maintenance, migrate
from reconciler.cli.phones.testing import test_connection


@click.group("phones")
def command() -> None:
    """Look at live phones and act on them.

    Phones are chosen by name (`lobby`, `london/lobby`, a MAC, with * and ?), site, model and tag.
    Live actions need a login that was proved before: `phones test-connection --save`.
    """


for each in (
    test_connection, live_status, resync, reboot, factory_reset, push_sip, backup, show_backup,
    migrate, maintenance, decommission, forget_login,
):  # fmt: skip
    command.add_command(each)
