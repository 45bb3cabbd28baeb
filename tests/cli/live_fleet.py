"""Emulated phones in a thread beside a workspace that declares them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from reconciler.lab.phones import Fleet, Spec
from tests.cli.workspace import DEADLINE_S, OFFICE

T = TypeVar("T")
PASSWORD = "Adm1n-example"
MODELS = ("T54W", "GXP2170", "VVX 411", "T46S")


class Running:
    """A fleet whose event loop runs in a thread; `call` does something there."""

    def __init__(self, fleet: Fleet, loop: asyncio.AbstractEventLoop) -> None:
        self.fleet, self._loop = fleet, loop

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        async def run() -> T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(DEADLINE_S)

    def wait(self, condition: Callable[[Fleet], bool], timeout_s: float = DEADLINE_S) -> None:
        """Wait until something is so."""

        async def until() -> None:
            while not condition(self.fleet):
                await asyncio.sleep(0.02)

        waiting = asyncio.wait_for(until(), timeout_s)
        asyncio.run_coroutine_threadsafe(waiting, self._loop).result(timeout_s + 5)

    def count(self, which: int, what: str) -> int:
        return self.fleet[which].phone.happened[what]


@contextmanager
def running(models: tuple[str | Spec, ...] = MODELS, **options: Any) -> Iterator[Running]:
    """Start phones of these models; leave the block and they are gone."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    specs = [Spec(each, password=PASSWORD) if isinstance(each, str) else each for each in models]
    fleet = Fleet(specs, **{"reboot_s": 0.1, **options})
    asyncio.run_coroutine_threadsafe(fleet.start(), loop).result(DEADLINE_S)
    try:
        yield Running(fleet, loop)
    finally:
        asyncio.run_coroutine_threadsafe(fleet.stop(), loop).result(DEADLINE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE_S)


def declared(fleet: Fleet) -> dict[str, str]:
    """The files of a workspace with these phones: p0, p1, ..."""
    phones = "\n".join(
        f"  p{index}: {{mac: '{one.mac}', model: '{one.phone.identity.model.replace(' ', '')}', "
        f"address: {one.phone.address}, template: any, lines: ['100{index}'], "
        f"tags: [{one.phone.identity.vendor}]}}"
        for index, one in enumerate(fleet)
    )
    extensions = "\n".join(
        f"  '100{index}': {{name: Person {index}, secret: {{secret: generated}}}}"
        for index in range(len(fleet))
    )
    inventory = f"""\
{OFFICE}sites:
  main:
    timezone: Europe/London
    country: GB
    pbx: office
    subnets: [127.0.0.0/8]
  branch:
    timezone: Europe/London
    country: GB
    pbx: office
provisioning: {{base_url: "https://prov.office.example/p"}}
workspace: {{name: office}}
"""
    people = f"""\
apiVersion: reconciler/v1
pbx: office
site: main

templates:
  any: {{vendor: any}}

extensions:
{extensions}

# Our phones.
phones:
{phones}
"""
    return {"inventory.yaml": inventory, "phones.yaml": people}
