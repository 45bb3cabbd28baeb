"""Codes of planning: what a target cannot hold, and what the safety rails say."""

from typing import Final

from reconciler.diagnostics.code import Code

_OVERRIDE = (
    " If it is meant: --allow with the rail's name and --reason; both are recorded in the journal."
)

HELD: Final = (
    Code(
        "no-adapter",
        "error",
        "There is no adapter for this target",
        "The files are valid, but nothing installed can talk to the platform that holds this "
        "object, so nothing can be planned there. `reconciler adapters` lists what is installed.",
    ),
    Code(
        "kind-not-held",
        "error",
        "The platform's adapter does not hold this kind",
        "Declaring it there would be a wish that nobody fulfils. `reconciler adapters NAME` says "
        "what an adapter holds and how it carries each kind out.",
    ),
    Code(
        "field-not-held",
        "error",
        "The platform cannot hold this field",
        "The reason is the platform's own. A field that is not written is not managed: leave it "
        "out, or move the object to a platform that has it.",
    ),
    Code(
        "value-not-held",
        "error",
        "The platform cannot hold this value",
        "Written as it is, it would damage the platform's configuration or mean something else "
        "there.",
    ),
    Code(
        "emergency-ends-at-busy",
        "warning",
        "A call for help may end at the first carrier",
        "A carrier without a free line may answer busy. This platform then gives up, although the "
        "route names another trunk: it goes on only where a trunk is out of order. The setting "
        "counts for every call over the trunk: one to somebody who is busy is then tried on the "
        "next trunk, too, before the caller hears so.",
    ),
    Code(
        "secret-unavailable",
        "error",
        "A secret cannot be had",
        "The reference is well formed, but its value is not there: a variable that is not set, a "
        "file that is missing, a name that the store does not have. Of a store that is lost, a PBX "
        "may hold the values still: `reconciler secrets recover PBX`.",
    ),
    Code(
        "secret-unfit",
        "error",
        "A secret's value does not fit its field",
        "SIP passwords have 8 to 128 characters, PINs 4 to 10 digits, and none has line breaks.",
    ),
    Code(
        "weak-secret",
        "warning",
        "A secret is easily guessed",
        "Password guessing on SIP never stops; a weak one is found within hours and pays for "
        "calls abroad. `{secret: generated}` makes a strong one at the next apply. With "
        "policy.rails.weak-secret: {severity: refuse} none is written any more; `waive` takes one "
        "upon somebody.",
    ),
    Code(
        "secret-file-open",
        "warning",
        "Everybody on this machine can read a secret",
        "Files with secrets should be readable by their owner alone.",
    ),
)

RAILS: Final = (
    Code(
        "shrunk-desired",
        "error",
        "Much less is declared than what is ours",
        "A folder that was not given on the command line, or a file that was lost in a merge, "
        "looks exactly like the wish to delete everything in it." + _OVERRIDE,
    ),
    Code(
        "too-many-deletes",
        "error",
        "More would be deleted than the policy allows at once",
        "The limit is a share and a number per kind and PBX, the smaller of the two "
        "(policy.rails.too-many-deletes). Two pass every share: one of ten is no accident."
        + _OVERRIDE,
    ),
    Code(
        "too-many-changes",
        "error",
        "More would change than the policy allows at once",
        "The limit is a share and a number per kind and PBX, the smaller of the two "
        "(policy.rails.too-many-changes). Ten pass every share: so many are read one by one."
        + _OVERRIDE,
    ),
    Code(
        "protected-object",
        "error",
        "A protected object would be deleted or replaced",
        "`protect: true` is remembered with the object: it holds also after the entry has left "
        "the files." + _OVERRIDE,
    ),
    Code(
        "number-release",
        "error",
        "A number would be released as a side effect",
        "A DID that is no longer routed is a line of business that nobody answers. It goes only "
        "when `removed:` names it with `destroy: true`." + _OVERRIDE,
    ),
    Code(
        "emergency-route",
        "error",
        "Nobody could call for help",
        "After the plan no outbound route with `emergency: true` over an enabled trunk would be "
        "left on the PBX." + _OVERRIDE,
    ),
    Code(
        "emergency-context",
        "error",
        "A phone in a hand-written context may not call for help",
        "A phone with `settings: {context: ...}` dials what somebody wrote on the PBX, and not "
        "what is declared. No line there takes the number, and no way leads to the emergency "
        "route: nobody answers. Where that cannot be known (a line of theirs takes the number, a "
        "`switch` is asked first) it is a warning when a phone is put there. Nor may a phone leave "
        "such a context for what is declared while no emergency route is. `waive` at the extension "
        "takes it upon somebody." + _OVERRIDE,
    ),
    Code(
        "protected-number",
        "error",
        "A protected number would no longer reach a person",
        "Every path that a call to it can take would end without an extension, a queue or an "
        "outside number." + _OVERRIDE,
    ),
    Code(
        "toll-fraud",
        "error",
        "Expensive numbers would be open",
        "Stolen SIP passwords are used to call numbers that pay the thief. Routes that match "
        "anything need a class of service or a PIN; forwards stay within "
        "policy.allowed_outbound_prefixes when that is set." + _OVERRIDE,
    ),
    Code(
        "open-acl",
        "error",
        "A trunk takes calls from half of the internet",
        "Calls from the addresses in `match` need no password. Scanners try every address; what "
        "is let in calls abroad at your cost. Name the carrier's own addresses, at most a /16 "
        "(IPv6: /32)." + _OVERRIDE,
    ),
    Code(
        "unsaid-move",
        "error",
        "Somebody would be deleted, and made anew under another number",
        "An extension leaves the files and another comes with the same name: a number that was "
        "edited looks like this. Without `moved` it is another extension, with a new password and "
        "an empty voicemail box, and phones do not register any more. `moved` takes along what "
        "there is: `moved: [{from: extension/101, to: extension/1101}]`." + _OVERRIDE,
    ),
    Code(
        "removed-stays",
        "warning",
        "What is to be removed is not ours, and stays",
        "`removed: [{address: ..., destroy: true}]` deletes what this journal knows as ours. What "
        "others made under that address is left alone, and so is what was deleted and came back "
        "with a backup of the PBX: a leaver whose phone works again looks like this. Delete it on "
        "the PBX, or import it and take it out of the files again.",
    ),
    Code(
        "not-in-history",
        "warning",
        "What was applied last is not in the history of these files",
        "The journal knows from which git commit the last run applied, and that commit is no "
        "ancestor of the one that is checked out: somebody applied a branch, or newer commits that "
        "were not pulled here. A plan from here takes back what they did. Where branches are "
        "squashed, the first plan after a merge says so, too. With `severity: refuse` nobody "
        "applies from a checkout like that." + _OVERRIDE,
    ),
    Code(
        "lost-secrets",
        "error",
        "Generated secrets are no longer in the store",
        "They were made and written by an earlier run; the store that held them is not there (a "
        "folder that was not copied, a runner that forgets its disk). Making new ones would take "
        "every phone off the air until it has its new password. What a PBX gives back is stored "
        "again by `reconciler secrets recover PBX`. To renew a few on purpose, remove them with "
        "`reconciler secrets rm`." + _OVERRIDE,
    ),
    Code(
        "open-mailbox",
        "warning",
        "A new voicemail box has no PIN",
        "A PIN that is empty is not asked for: whoever dials into voicemail and enters the number "
        "hears the messages. Declare one (`voicemail: {pin: {secret: generated}}`, or a reference "
        "where the user has to know it). A box that is there already keeps the PIN it has."
        + _OVERRIDE,
    ),
    Code(
        "foreign-object",
        "error",
        "An object that is not ours would be overwritten",
        "It exists on the PBX and we neither created nor adopted it. `reconciler adopt` takes it "
        "over and shows what differs first." + _OVERRIDE,
    ),
    Code(
        "locked-object",
        "error",
        "The object lives where we never write",
        "Hand-written configuration is never edited, nor is a database. Remove the object there, "
        "and apply creates it in our own files; or declare it as it is, or take another number. "
        "A warning names what stands in our files and in hand-written ones: only one of both "
        "counts.",
    ),
    Code(
        "leads-to-locked",
        "error",
        "Calls would be led to something that stands where we never write",
        "What somebody wrote by hand answers to names of its own, which reconciler does not know: "
        "whoever is led there would hear nothing. Take it out of its file there and reload; the "
        "same plan then writes it into our files, with all that leads to it." + _OVERRIDE,
    ),
    Code(
        "change-loses",
        "warning",
        "A change would lose something for good",
        "The object has something that no field of ours tells and that the platform's own way of "
        "changing it throws away. Such a change is not sent: its step fails, others are done.",
    ),
    Code(
        "still-referenced",
        "error",
        "Something still points at what would be deleted",
        "Calls would end nowhere. Change what refers to it first. On an Asterisk it may be a "
        "hand-written line that dials it by name, also by a name that it has only while it stands "
        "in a hand-written file, too: trunks have another one in ours." + _OVERRIDE,
    ),
    Code(
        "number-taken",
        "error",
        "Something else on the PBX has the number",
        "Whoever dials it would reach one of the two. Files know nothing of what is not declared: "
        "give the other one another number, delete it there, or declare it as what it is. On an "
        "Asterisk it may be a hand-written line of the dialplan: a context's own lines, patterns, "
        "too, go before what it includes, so they would be reached and ours would not." + _OVERRIDE,
    ),
    Code(
        "number-overlap",
        "warning",
        "Something else on the PBX answers some of the calls first",
        "A hand-written line of the dialplan goes before ours and takes a part of what a pattern "
        "takes, or the calls of one caller, or at certain hours. That may well be meant. Or phones "
        "dial in a context that people wrote (settings.context, as they were taken over), and a "
        "number that is new is answered there by a line of theirs, or by nothing. Of an "
        "emergency number no part may go elsewhere: that is `number-taken`; a line that came later "
        "and answers calls for help is told here, by every plan, and is drift." + _OVERRIDE,
    ),
    Code(
        "pending-reload",
        "error",
        "Somebody else's changes wait on the PBX",
        "They were written but are not in effect yet; our reload would make them live, too. A "
        "warning says that a reload goes on there: until it ends, nothing takes effect."
        + _OVERRIDE,
    ),
    Code(
        "active-calls",
        "error",
        "More calls are up than a reload may meet",
        "The policy (policy.reload.max_active_calls) allows a reload only with fewer calls."
        + _OVERRIDE,
    ),
    Code(
        "calls-not-known",
        "warning",
        "Nobody can tell who is in a call",
        "A phone whose password changes registers again, and a call that it is in may be cut off. "
        "A FreePBX tells over AMI: `ami: {host, username, password}` in the inventory. Where that "
        "is given and does not answer, such steps wait.",
    ),
    Code(
        "not-as-declared",
        "warning",
        "An object still differs after it was written and read back",
        "Others may have written it meanwhile, or the platform shows another value than it was "
        "given. `reconciler plan` shows what differs.",
    ),
    Code(
        "capacity",
        "error",
        "The trunks would carry fewer calls than are up now",
        "The sum of `channels` over the PBX's trunks falls below the number of calls that are up: "
        "the next callers would hear that all lines are busy." + _OVERRIDE,
    ),
)

WORLD: Final = (
    Code(
        "unreachable",
        "error",
        "A target cannot be reached",
        "No connection, a connection that was lost, or no answer in time. Its objects are "
        "unknown: nothing is planned for them. Check address, port and firewall; "
        "`reconciler doctor` looks closer.",
    ),
    Code(
        "authentication-failed",
        "error",
        "A target refuses the credentials",
        "User name or password are wrong. Nothing was changed. Correct the secret that the "
        "inventory refers to.",
    ),
    Code(
        "permission-missing",
        "error",
        "A target lets us in, but not do this",
        "The account lacks a permission. `reconciler doctor` prints the lines that grant it.",
    ),
    Code(
        "refused-by-platform",
        "error",
        "A target understood the request and said no",
        "Nothing was changed by this request. Its own words follow the message.",
    ),
    Code(
        "unsupported-version",
        "error",
        "A target runs a version that is not supported",
        "The adapter was not proved against it and would be guessing. `reconciler adapters NAME` "
        "says which versions it was proved against.",
    ),
    Code(
        "unexpected-reply",
        "error",
        "A target answered something that its protocol does not have",
        "Something else may be listening there, or a proxy stands in between.",
    ),
    Code(
        "adapter-broke",
        "error",
        "An adapter violated its contract",
        "This is a bug of reconciler or of a plug-in, not of the files. Please report it.",
    ),
    Code(
        "journal-failed",
        "error",
        "The journal cannot be used",
        "Without it nothing is written to a PBX, because nobody could tell later what was ours.",
    ),
    Code(
        "published-store-failed",
        "error",
        "The published store cannot be used",
        "It holds the files that phones fetch. What was published before stays as it is; nothing "
        "is served that was changed by anybody but reconciler.",
    ),
    Code(
        "journal-locked",
        "error",
        "Another run is at work",
        "Two runs at once would overwrite each other. Wait with --lock-timeout; a lock of a killed "
        "process is taken over by itself; `reconciler unlock` removes one of another machine.",
    ),
    Code(
        "journal-too-new",
        "error",
        "The journal was written by a newer reconciler",
        "This version would not understand, and might damage, what it says. Update reconciler.",
    ),
    Code(
        "journal-tampered",
        "error",
        "The journal was changed outside of reconciler",
        "A line of the audit chain, or a row of the ledger, is not what was written. The message "
        "says which.",
    ),
    Code(
        "plan-file-invalid",
        "error",
        "The plan file cannot be applied",
        "It was changed after it was made, has expired, was made with another workspace's key or "
        "by another version, or does not fit what is there now. Make a new one.",
    ),
    Code(
        "workspace-failed",
        "error",
        "The folder .reconciler cannot be used",
        "A full disk or missing rights. What was not written down was not sent either.",
    ),
    Code(
        "step-failed",
        "error",
        "A step was not done",
        "The platform said no, said yes and did something else, or threw the object out when it "
        "was loaded. Steps that need it were not tried. `reconciler apply` goes on from there.",
    ),
)

CODES: Final = (*HELD, *RAILS, *WORLD)
