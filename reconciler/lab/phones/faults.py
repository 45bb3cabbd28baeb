"""What can be wrong with a phone, and switched on and off while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Faults:
    """What is wrong with a phone; nothing at first.

    Answers: `delay_s` before each; `drop_before` so many requests close the socket undone,
    `drop_after` so many close it after the work was done; `cut_at` bytes an answer ends; one byte
    every `trickle_s`; `content_type`, `bare_header` (a line without a colon), `padding_bytes` and
    `mangle` spoil what is sent; `redirect_to` sends everybody elsewhere.

    Settings: those in `deaf` are accepted and not kept, whether written or out of files, with
    `ignores_writes` none is;
    `unplug_after_values` is how many settings are still kept until the power goes.

    Power: `silent` takes connections while it is off and says nothing, instead of refusing them;
    `drops_on_reboot` closes the socket that asked for a reboot; `stays_off_after_reboot`.
    `never_answers_sip` is a phone that is on and whose SIP is dead.
    """

    delay_s: float = 0.0
    drop_before: int = 0
    drop_after: int = 0
    cut_at: int | None = None
    trickle_s: float = 0.0
    content_type: str | None = None
    bare_header: bool = False
    padding_bytes: int = 0
    mangle: Callable[[bytes], bytes] | None = None
    redirect_to: str | None = None
    deaf: frozenset[str] = frozenset()
    ignores_writes: bool = False
    unplug_after_values: int | None = None
    silent: bool = False
    drops_on_reboot: bool = False
    stays_off_after_reboot: bool = False
    never_answers_sip: bool = False
    many_sessions: bool = False
    """Whether several people may be logged in at once; usually there is one session."""
    extra: dict[str, str] = field(default_factory=dict)
    """What one vendor alone has: `claimed` (Grandstream's cloud owns the phone)."""
