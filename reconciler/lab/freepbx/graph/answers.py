"""What resolvers answer with: global ids, connections, spoken errors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from reconciler.lab.freepbx.pbx import Pbx

Args = dict[str, Any]
Answer = dict[str, Any]
Resolver = Callable[[Pbx, Args], Any]

INTERNAL = "Internal server error"


class Spoken(Exception):
    """A resolver failed with words that the API passes on. All other exceptions it hides."""


class Hidden(Exception):
    """A resolver failed; clients read `Internal server error`."""


def global_id(kind: str, own: object) -> str:
    """The base64 ids that most types have."""
    return base64.b64encode(f"{kind}:{own}".encode()).decode()


def failing(_info: object) -> Any:
    """A field that fails whenever it is asked for."""
    raise Hidden


def done(message: str, **rest: Any) -> Answer:
    """A payload that says it worked."""
    return {"status": True, "message": message, **rest}


def refused(message: str, **rest: Any) -> Answer:
    """A payload that says it did not."""
    return {"status": False, "message": message, **rest}


def swallowed() -> Answer:
    """An exception that nobody was told of: 200 with nulls, and nothing was done."""
    return {"status": None, "message": None}


def _offset(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor + "==").decode(errors="replace")
    except ValueError:
        return None
    number = text.partition(":")[2]
    return int(number) if number.isdigit() else None


def page(items: Sequence[Any], args: Args) -> tuple[Sequence[Any], int]:
    """The part that `first/after/last/before` ask for, and where it begins."""
    after, before = _offset(args.get("after")), _offset(args.get("before"))
    start = after + 1 if after is not None else 0
    end = min(before, len(items)) if before is not None else len(items)
    if args.get("first") is not None:
        end = min(end, start + int(args["first"]))
    if args.get("last") is not None:
        start = max(start, end - int(args["last"]))
    return items[start:end], start


def broken_connection(name: str, items: Sequence[Any], args: Args, **rest: Any) -> Answer:
    """Lists that carry `status`: `pageInfo` fails the whole field, `edges` is null (seen)."""
    part, _ = page(items, args)
    return {"totalCount": len(items), name: part, "pageInfo": None, "edges": None, **rest}


def connection(name: str, items: Sequence[Any], args: Args) -> Answer:
    """Lists that page properly."""
    part, start = page(items, args)
    cursors = [global_id("arrayconnection", start + index) for index in range(len(part))]
    return {
        "totalCount": len(items),
        name: part,
        "edges": [
            {"cursor": cursor, "node": node} for cursor, node in zip(cursors, part, strict=True)
        ],
        "pageInfo": {
            "hasNextPage": start + len(part) < len(items) and "first" in args,
            "hasPreviousPage": start > 0 and "last" in args,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }
