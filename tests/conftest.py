"""How long hypothesis looks: `fast` before each commit, `ci` where there is time; no deadlines."""

import os

from hypothesis import HealthCheck, Phase, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]

settings.register_profile(
    "fast",
    max_examples=40,
    deadline=None,
    suppress_health_check=_QUIET,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
settings.register_profile("once", settings.get_profile("fast"), phases=[Phase.generate])
settings.register_profile("ci", max_examples=300, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("RECONCILER_HYPOTHESIS", "fast"))
