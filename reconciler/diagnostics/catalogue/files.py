"""Codes about files and their YAML: reported by load and parse."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "file-missing",
        "error",
        "No such file or folder",
        "A path on the command line, or a link in a folder, leads nowhere. An estate that is "
        "read only in part would look as if the rest had been removed, so nothing is planned.",
    ),
    Code(
        "file-unreadable",
        "error",
        "A file or folder cannot be read",
        "The operating system refused, or what stands there is not a regular file.",
    ),
    Code(
        "file-too-large",
        "error",
        "A file is too large",
        "Files over 32 MiB are refused before they are read: they are logs or exports that came "
        "here by mistake, and they would fill the memory. Divide a very large estate into files.",
    ),
    Code(
        "file-not-utf8",
        "error",
        "A file is not UTF-8 text",
        "Files are UTF-8, with or without a byte order mark. Save it again in that encoding.",
    ),
    Code(
        "file-loop",
        "warning",
        "A link leads back to a folder above it",
        "The link was not followed; what it leads to is read where it stands.",
    ),
    Code(
        "file-misspelt",
        "warning",
        "A file whose name has a slip in its ending",
        "Folders are read for files that end in .yaml and .yml. What stands in `calls.ymal` would "
        "have no effect, and nobody would notice.",
    ),
    Code(
        "too-many-files",
        "error",
        "Too many files",
        "More than 20,000 YAML files stand under the given paths. Name the folder of the estate.",
    ),
    Code(
        "nothing-declared",
        "warning",
        "No file of an estate was found",
        "None of the files under the given paths has a document that begins with "
        "`apiVersion: reconciler/v1`.",
    ),
    Code(
        "malformed-yaml",
        "error",
        "Malformed YAML",
        "The file cannot be read as YAML from this position on. Usual causes: text with ': ' or "
        "' #' in it without quotes, a tab in the indentation, a bracket that is not closed, a "
        "line that is indented less than its neighbours.",
    ),
    Code(
        "duplicate-key",
        "error",
        "A key stands twice in one mapping",
        "YAML libraries keep the last one and drop the first without a word, so half of what was "
        "written would be lost. Remove one, or put both values under one key.",
    ),
    Code(
        "complex-key",
        "error",
        "A key is not text",
        "Keys are names and numbers. A mapping or list as a key is usually a template's {{ }} "
        "without quotes around it.",
    ),
    Code(
        "custom-tag",
        "error",
        "A YAML tag that is not understood",
        "Values carry no tags (`!vault`, `!include`, `!!python/...`): editors do not understand "
        'them and some of them run programs. Secrets are written `{secret: "scheme:reference"}`.',
    ),
    Code(
        "unknown-alias",
        "error",
        "An alias without an anchor",
        "`*name` repeats the value that was marked `&name` earlier in the same document. Text "
        "that begins with * needs quotes.",
    ),
    Code(
        "recursive-alias",
        "error",
        "An alias inside the value that it names",
        "A value cannot contain itself.",
    ),
    Code(
        "bad-merge",
        "error",
        "<< without a mapping",
        "`<<: *name` adds the keys of a mapping that was marked `&name`; a list of such aliases "
        "works too. Nothing else can be merged.",
    ),
    Code(
        "alias-bomb",
        "error",
        "Aliases stand for too many values",
        "Aliases of aliases multiply: nine lines can stand for billions of values. Reading stops "
        "at 1,000,000 values.",
    ),
    Code(
        "too-deep",
        "error",
        "Mappings and lists stand too deep in each other",
        "No declaration is deeper than a dozen levels; the limit is 64.",
    ),
    Code(
        "too-many-values",
        "error",
        "A document holds too many values",
        "Reading stops at 6,000,000 values. Divide a very large estate into files.",
    ),
    Code(
        "too-many-problems",
        "error",
        "Too many problems in one file",
        "Looking stopped. Mend what is reported and check again.",
    ),
    Code(
        "unknown-api-version",
        "error",
        "An apiVersion that is not supported",
        "The document says that it is ours, in a version that this reconciler does not read. The "
        "supported version is `reconciler/v1`.",
    ),
    Code(
        "no-api-version",
        "warning",
        "A document looks like ours but has no apiVersion",
        "Only documents with `apiVersion: reconciler/v1` are read. If it belongs to the estate, "
        "add that line; otherwise keep it out of the given paths. An error where it is surely "
        "ours: it names a `pbx` or `site`, or has a section that nobody else has. What is missing "
        "from the estate would be deleted from its PBX.",
    ),
    Code(
        "not-formatted",
        "warning",
        "The file was not formatted",
        "`reconciler fmt` moves text and changes nothing else. Where that would change what the "
        "file says (an alias above its anchor), the file stays as it is.",
    ),
)
