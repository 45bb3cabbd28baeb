"""An office on a real Asterisk, as its operator has it: YAML, secrets, and the installed command.

Two promises are kept for every test that uses an `Office`: no secret is printed or written down by
anything that ran, and the files that people have written on the PBX are what they were.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cli.workspace import Ended, Workspace
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Outside, Phone

OWN_FILES = "rec_*"
"""The files on the PBX that are reconciler's; all others are people's."""

PEOPLE = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001":
    name: Ada Okafor
    secret: {secret: "env:ADA"}
  "1002":
    name: Ben Roy
    secret: {secret: "store:ben"}
    voicemail: {email: ben@example.com, pin: {secret: "store:ben-pin"}}
  "1003":
    name: Cleo Marsh
    secret: {secret: generated}
"""

GROUP = """\
ring_groups:
  "600": {name: Reception, members: ["1001", "1002"], ring_time: 20}
"""

_VALID = itertools.count(1)


class Office:
    """A PBX, the workspace that declares what is on it, and phones that know their passwords.

    The people of `PEOPLE` have passwords from the three places where passwords come from.
    """

    def __init__(self, pbx: Asterisk, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.pbx = pbx
        self.mine = Workspace(folder)
        self.stack = ExitStack()
        self.passwords = {"1001": secret("Ada"), "1002": secret("Ben")}
        self.pin = str(secrets.randbelow(9 * 10**7) + 10**7)
        self.mine.environ |= {"AMI_PASSWORD": pbx.ami.password, "ADA": self.passwords["1001"]}
        self.mine.planted |= {pbx.ami.password, self.pin, *self.passwords.values()}
        self.by_hand = hand_written(pbx)
        self.inventory()

    def inventory(self, *, port: int = 0, username: str = "reconciler") -> None:
        """Write where the PBX is and who logs in there; as it is, unless told otherwise."""
        self.mine.write(
            "inventory.yaml",
            f"""\
apiVersion: reconciler/v1
pbxs:
  office:
    adapter: asterisk
    country: US
    timezone: America/New_York
    ami:
      host: {self.pbx.ami.host}
      port: {port or self.pbx.ami.port}
      username: {username}
      password: {{secret: "env:AMI_PASSWORD"}}
""",
        )

    def store_secrets(self) -> None:
        """Put into the store what the people's entries refer to."""
        self.mine.run("secrets", "set", "ben", stdin=self.passwords["1002"])
        self.mine.run("secrets", "set", "ben-pin", stdin=self.pin)

    def declare(self, text: str) -> None:
        """Declare this, and nothing else."""
        self.mine.write("office.yaml", text)

    def apply(self, *arguments: str, expect: int = 0) -> Ended:
        """Apply what is declared, without asking."""
        done = self.mine.run("apply", "--auto-approve", *arguments, expect=expect)
        self.mine.planted |= self.generated()
        return done

    def is_as_declared(self) -> None:
        """Assert that there is nothing to do, and that nobody has touched what is ours."""
        self.mine.run("plan", "--detailed-exitcode").says("No changes.")
        self.mine.run("drift").says("No drift.")

    def generated(self) -> set[str]:
        """Return the passwords that phones use now, ours and generated ones."""
        shown = self.pbx.cli("pjsip show auths")
        names = re.findall(r"Auth:\s+(\S+?)/", shown)
        return {self.password(name) for name in names} - {""}

    def password(self, auth: str) -> str:
        """Return the password that stands on the PBX."""
        found = re.search(r"password\s*:\s*(\S+)", self.pbx.cli(f"pjsip show auth {auth}"))
        return found[1] if found else ""

    def phone(self, number: str, **about: str) -> Phone:
        """Plug in the phone of an extension and let it register."""
        password = self.password(f"{number}-auth")
        assert password, f"{number} has no password on the PBX"
        phone = self.stack.enter_context(Phone(self.pbx, number, password, **about))
        phone.register()
        return phone

    def phones(self, *numbers: str) -> list[Phone]:
        """Plug in several."""
        return [self.phone(each) for each in numbers]

    def carrier(self, name: str) -> Outside:
        """Connect a carrier that knows our address."""
        return self.stack.enter_context(Outside(self.pbx, name=name))

    def reaches(self, caller: Phone, number: str, callee: Phone) -> None:
        """Call somebody, who picks up: each hears the other."""
        at_callee = callee.expect_call(answer_after_s=0)
        call = caller.call(number).wait_answered()
        at_callee.wait_answered()
        at_callee.wait_audio()
        call.wait_audio()
        call.hang_up()
        at_callee.wait_ended()
        self.pbx.wait_idle()

    def own_file(self, family: str, text: str) -> Path:
        """Return the file of ours in which a text stands."""
        return next(
            file
            for file in sorted(self.pbx.etc.glob(f"rec_{family}_*.conf"))
            if text in file.read_text(encoding="utf-8")
        )

    def edit_on_pbx(self, family: str, old: str, new: str) -> None:
        """Change one of our files on the PBX with an editor, as somebody in a hurry does."""
        file = self.own_file(family, old)
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    def judge(self) -> None:
        """Assert the two promises."""
        assert self.mine.leaks() == []
        now = hand_written(self.pbx)
        assert now == self.by_hand, "a hand-written file was changed"


@contextmanager
def office(pbx: Asterisk, folder: Path) -> Iterator[Office]:
    """Open an office with an empty PBX; what is promised is judged at the end."""
    found = Office(pbx, folder)
    found.store_secrets()
    with found.stack:
        yield found
        found.judge()


def hand_written(pbx: Asterisk) -> dict[str, bytes]:
    """Return the files of the PBX that are not ours."""
    return {
        file.name: file.read_bytes()
        for file in sorted(pbx.etc.iterdir())
        if file.is_file() and not file.match(OWN_FILES)
    }


def secret(whose: str) -> str:
    """Return a password that is found wherever it may have got to."""
    return f"canary-{whose}-{secrets.token_urlsafe(9)}-{next(_VALID)}"
