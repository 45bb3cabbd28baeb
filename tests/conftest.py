"""How long hypothesis looks: `fast` as a rule, `random` and `ci` where there is time; no deadlines.

`fast` looks at the same examples every time, so that what fails was broken by the change that it
fails with. `random` looks at others each time, and `ci` at many more of them: what they find is a
bug that was there before.
"""

import os
import signal

from hypothesis import HealthCheck, Phase, settings

_QUIET = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]

settings.register_profile(
    "random",
    max_examples=40,
    deadline=None,
    suppress_health_check=_QUIET,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    database=None,
)
settings.register_profile("fast", settings.get_profile("random"), derandomize=True)
settings.register_profile("once", settings.get_profile("fast"), phases=[Phase.generate])
settings.register_profile("ci", max_examples=300, deadline=None, suppress_health_check=_QUIET)

for each in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    # Who starts us in the background of a shell, or with nohup, lets us ignore these; all that we
    # start would ignore them, too, and tests send them.
    if signal.getsignal(each) is signal.SIG_IGN:
        signal.signal(each, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.load_profile(os.environ.get("RECONCILER_HYPOTHESIS", "fast"))
