"""Codes of rules over the whole estate: reported by check. These can be waived."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "duplicate-number",
        "error",
        "One number for two things on a PBX",
        "Extensions, ring groups, queues, IVRs, conferences, paging groups and parking lots "
        "share one range of numbers on a PBX; who dials it can reach only one of them.",
    ),
    Code(
        "names-alike",
        "error",
        "Two names that differ in upper and lower case alone",
        "PBXs do not tell them apart everywhere (Asterisk's configuration files do not): one of "
        "the two would overwrite the other, and people mix them up as well.",
    ),
    Code(
        "duplicate-did",
        "error",
        "The same outside number is routed twice",
        "The two are the same number in different writing. Only one route can have it.",
    ),
    Code(
        "duplicate-mac",
        "error",
        "One MAC address for two phones",
        "A MAC address is one device's. Two entries would fight over its configuration file.",
    ),
    Code(
        "shared-line",
        "error",
        "One extension on the lines of several phones",
        "The phones register as the same extension: all ring, and a message lamp shows on all. "
        "If this is meant, mark the lines `shared: true` and allow the extension enough contacts.",
    ),
    Code(
        "voicemail-off",
        "error",
        "Calls go to a voicemail box that is not there",
        "It is switched off, or nobody declared it. Callers would hear an error or silence.",
    ),
    Code(
        "shadowed-pattern",
        "warning",
        "A dial pattern that never matches",
        "Outbound routes are tried by their order, and an earlier one takes the same pattern for "
        "everybody.",
    ),
    Code(
        "unroutable-number",
        "warning",
        "An outside number that no outbound route takes",
        "Members, forwards and destinations are dialled like people dial: by the outbound routes, "
        "as they are written. `+16035550100` does not match a pattern that begins with 1. Callers "
        "who are sent there hear that the call failed, and nobody else notices. Routes with a PIN "
        "are no way for them, nor are routes for help: only people who dial get there. Extensions "
        "forward as far as their class of service may call.",
    ),
    Code(
        "repeated-member",
        "warning",
        "A member that stands twice",
        "A phone that is called twice at once rings twice or says busy, and platforms keep one of "
        "two equal agents. Groups that ring one member after the other may name one again.",
    ),
    Code(
        "endless-call",
        "warning",
        "A call that goes round without end",
        "Nobody has to answer or to press anything for it, so nobody ends it: a machine that "
        "called (another PBX's voicemail, say) hears the menu for hours and keeps a line busy. "
        "Waiting in a queue or a parking lot is not meant. It is an error where no time passes "
        "between: the PBX would do nothing else. `waive` it where people shall hear it until they "
        "hang up.",
    ),
    Code(
        "secret-in-settings",
        "warning",
        "A password among free-form settings",
        "`settings` and `raw` are passed as they are: committed, shown in plans and stored in "
        "clear. Fields that take secrets take references.",
    ),
    Code(
        "no-emergency-route",
        "warning",
        "A PBX with outside lines but no emergency route",
        "Phones on this PBX can dial out, but no outbound route is marked `emergency: true`. In "
        "many countries this is against the law, and it is dangerous everywhere.",
    ),
    Code(
        "wrong-emergency-digits",
        "warning",
        "An emergency route sends other digits than the number for help",
        "A pattern takes a number for help, or one behind the digit for an outside line, and what "
        "`strip` and `prepend` make of it is no number for help: carriers do not know 9911. Strip "
        'the digits in front: `{match: "9911", strip: 1}`. `waive` it where the trunk\'s far '
        "side takes them off.",
    ),
    Code(
        "dial-plan-without-emergency",
        "warning",
        "A phone's own dial plan keeps an emergency number in",
        "`sip.dial_plan` is what the phone itself lets out, before any PBX hears of it. A number "
        "of `emergency: {numbers: ...}` of its site fits no part of it: many phones then say that "
        "it is wrong, and dial nothing. Where the plan is written for phones of several sites, it "
        "has to take the numbers of each.",
    ),
    Code(
        "no-callback-number",
        "warning",
        "Who calls for help shows a number that nobody can call back",
        "The emergency centre sees what the extension, the route or the trunk shows, in this "
        "order; a trunk's `from_user` stands in the place of all three. An extension's own number "
        "tells it neither whom to call when the line breaks off "
        "nor where to send help, and many carriers refuse such a call. Each site has its own: "
        "`emergency_caller_id`. `waive` it where the carrier puts in the number by itself.",
    ),
    Code(
        "no-secret",
        "warning",
        "No SIP password is declared",
        "The platform's value is left alone; a new object gets none or a weak one.",
    ),
    Code(
        "waiver-expired",
        "warning",
        "A waiver has run out",
        "Somebody took a finding upon themselves until a day that has passed. The finding counts "
        "again.",
    ),
    Code(
        "unknown-rule",
        "error",
        "A waiver of a rule that does not exist",
        "`waive` names rules by their code. Only rules over the estate can be waived, not errors "
        "in files.",
    ),
    Code(
        "published-on-one-machine",
        "warning",
        "Phones' files are kept on one machine, the journal is not",
        "Several machines work with one journal in PostgreSQL, and each looks for what phones may "
        "fetch on its own disk. What one has published is gone to the others, and they would "
        "publish it again for nobody. Keep the published store in PostgreSQL, too.",
    ),
    Code(
        "dhcp-without-token",
        "warning",
        "DHCP leads phones to an address without the token that is required",
        "An address that DHCP offers to all phones holds no phone's token. As long as it is "
        "offered, most phones go there and not to the address in their own file: they get nothing.",
    ),
    Code(
        "not-in-effect",
        "warning",
        "Declared, and without effect in this version",
        "The field is part of the language and is checked, but no stage acts on it yet.",
    ),
)
