"""A reload that does not come to its end, in people's words.

While a module is reloaded, Asterisk holds the list of its modules: whoever asks for one waits, a
second reload is refused, and everything else goes on, calls and questions about files too. It stays
so as long as the module waits for something. `core restart now` takes the control socket away and
does not end it, nor does SIGTERM then (seen on 22.10.1, with an `#exec` of a program that waits).
"""

from typing import Final

from reconciler.adapter import Finding
from reconciler.errors import Refused

NO_END: Final = (
    "Until it ends, nothing new takes effect; calls go on. If that is minutes ago, it hangs: a "
    "module waits for what does not answer (a database, a name server, a program of an #exec line)"
)
WAY_OUT: Final = "end what it waits for, or restart Asterisk, which cuts off calls"
RESTART: Final = ("systemctl kill -s KILL asterisk", "systemctl restart asterisk")


class ReloadHangs(Refused):
    """Somebody's reload goes on and on; Asterisk begins none beside it."""


def told(since: str) -> str:
    """Return since when Asterisk is in a reload, and what that means."""
    return f"Asterisk has been in a reload since {since}. {NO_END}"


def advised(since: str) -> str:
    """Return that with the way out, in one line."""
    return f"{told(since)}: {WAY_OUT} ({'; '.join(RESTART)})"


def finding(since: str) -> Finding:
    """Return what `doctor` says of it."""
    kill, start = RESTART
    fix = f"{kill}   # `core restart now` does not end it\n{start}"
    return Finding("reload", "error", told(since), fix, WAY_OUT)
