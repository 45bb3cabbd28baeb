"""Codes of the safety rails: what a plan is refused for. `policy.rails` sets their limits."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "shrunk-desired",
        "error",
        "Much of what we manage is no longer declared",
        "A folder that was not checked out, a wrong path or a merge gone wrong look like this. "
        "Check that all files are there. Things that shall go are listed under `removed`, which "
        "this rail does not count.",
    ),
    Code(
        "too-many-deletes",
        "error",
        "More would be deleted than the policy allows",
        "Raise the limit in `policy.rails.too-many-deletes`, or allow it this once with "
        "`--allow too-many-deletes --reason ...`, which the journal keeps.",
    ),
    Code(
        "too-many-changes",
        "warning",
        "More would change than the policy allows",
        "A changed default or template can touch everything. Look at the plan in full before it "
        "is applied.",
    ),
    Code(
        "protected-object",
        "error",
        "A protected object would be deleted or replaced",
        "`protect: true` holds also after the entry has left the files. To let it go, remove the "
        "protection, apply, then remove the entry.",
    ),
    Code(
        "number-release",
        "error",
        "An outside number would no longer be routed",
        "Callers of the number would hear that it does not exist. List the route under `removed` "
        "if that is meant.",
    ),
    Code(
        "emergency-route",
        "error",
        "Emergency calls would no longer leave",
        "A PBX that has an emergency route keeps one before, during and after every run.",
    ),
    Code(
        "protected-number",
        "error",
        "A protected number would no longer reach a person",
        "The numbers under `policy.protected_numbers` must end at somebody's phone or voicemail.",
    ),
    Code(
        "toll-fraud",
        "error",
        "Expensive numbers would be opened to everybody",
        "A route that takes any number, or a forward to an outside number that the policy does "
        "not allow, is what thieves of calls look for. Narrow the pattern, or name the prefixes "
        "under `policy.allowed_outbound_prefixes`.",
    ),
    Code(
        "foreign-object",
        "error",
        "Something that is not ours would be changed",
        "It exists on the platform and we neither created nor adopted it. `reconciler adopt` "
        "takes it over.",
    ),
    Code(
        "locked-object",
        "error",
        "An object cannot be written",
        "The platform keeps it where we may not write, for example in a hand-written file. Move "
        "it there, or leave it out of the files.",
    ),
    Code(
        "still-referenced",
        "error",
        "Something that others still refer to would be deleted",
        "Objects that are not ours point at it. They would lead nowhere.",
    ),
    Code(
        "pending-reload",
        "warning",
        "The PBX holds changes of others that are not in effect yet",
        "Our reload would put theirs into effect, too. Ask whose they are.",
    ),
    Code(
        "active-calls",
        "error",
        "Too many calls are up for a reload",
        "Wait, or set `policy.reload.max_active_calls`.",
    ),
)
