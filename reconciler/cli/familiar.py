"""Commands that people know from other tools, and what there is here instead."""

from collections.abc import Mapping
from typing import Final

FAMILIAR: Final[Mapping[str, str]] = {
    "destroy": "What leaves the files is deleted by the next `reconciler apply`; to keep it on the "
    "PBX, write `removed: [{address: ADDRESS, destroy: false}]`.",
    "force-unlock": "It is `reconciler unlock --force`.",
    "graph": "What needs what is found out, and `reconciler plan` says whom it hits.",
    "output": "What is there is in `reconciler status --json`, and phones' files in "
    "`reconciler render`.",
    "providers": "`reconciler adapters` lists them.",
    "refresh": "`reconciler drift` looks; `reconciler apply --refresh-only` accepts what others "
    "changed.",
    "state": "`reconciler status` says what is ours. In place of mv write `moved: [{from: ADDRESS, "
    "to: ADDRESS}]`, of rm `removed: [{address: ADDRESS, destroy: false}]`.",
    "taint": "What differs from the files is written by the next `reconciler apply`.",
    "test": "`reconciler lab up --once` lets pretend phones take your files and register.",
    "version": "It is `reconciler --version`.",
    "workspace": "A workspace is a folder with its own inventory and journal: `reconciler init "
    "FOLDER`; `reconciler explain workspace` says what it holds.",
}
"""Name of a command that is none here -> what to do instead."""
