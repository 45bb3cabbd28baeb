"""Codes about how declarations refer to each other: reported by resolve."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "unknown-reference",
        "error",
        "Reference to something that is not declared",
        "Objects refer to each other by kind and key, on the same PBX unless `pbx:` stands in "
        "front. What is referred to must be declared, so that a plan can put it first and a "
        "caller never ends nowhere.",
    ),
    Code(
        "unknown-adapter",
        "error",
        "An adapter that is not installed",
        "`adapter` names the platform. `reconciler adapters` lists those that are installed.",
    ),
    Code(
        "no-pbx",
        "error",
        "It is not said which PBX this belongs to",
        "An entry belongs to the PBX that its document names (`pbx: NAME`), or to the only one "
        "that is declared.",
    ),
    Code(
        "no-site",
        "error",
        "It is not said which site this belongs to",
        "A phone belongs to the site that it names, that its document names (`site: NAME`), or "
        "to the only one that is declared.",
    ),
    Code(
        "reference-cycle",
        "error",
        "Things that build on each other in a circle",
        "A template may extend another one, and so on, but the chain must end.",
    ),
    Code(
        "undefined-variable",
        "error",
        "A name that a template text does not know",
        "Texts of a phone's settings may use `{{ }}` over phone, lines, extensions, site and "
        "pbx. A name that does not exist there would leave a hole in the phone's configuration.",
    ),
    Code(
        "bad-template-text",
        "error",
        "A template text that cannot be rendered",
        "Text between {{ }} and {% %} is Jinja2, in a sandbox.",
    ),
    Code(
        "calendar-over",
        "warning",
        "A calendar has no days left",
        "Holidays are worked out for the years that the calendar names. When the last has passed, "
        "the office is open on every holiday.",
    ),
)
