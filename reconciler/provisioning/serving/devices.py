"""Devices: what is known of everybody who may ask, ready to be looked up. Pure.

Made anew from the published store whenever something was published. A device that does not exist
has a stand-in, so that the same work is done for it: nobody learns from the time of an answer
which MACs are known.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from secrets import token_hex
from typing import Final

from reconciler.model.address import Address
from reconciler.provisioning.serving.asking import Asked, folded
from reconciler.provisioning.serving.digest import Login, login
from reconciler.provisioning.serving.origins import Host, Network, inside, read_networks
from reconciler.provisioning.store.records import Access, FileRow, Owner
from reconciler.provisioning.tokens import digest_of, new_token

SOFTPHONE: Final = "softphone"
_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Device:
    """Somebody who may ask. `files` are its own, by folded name.

    `mac` is 12 lower-case hex digits, `token` the digest of its published one, `seal` changes
    with every publication. A stand-in is nobody: nothing that it shows counts.
    """

    address: Address
    site: str
    mac: str
    enabled: bool
    networks: tuple[Network, ...]
    files: Mapping[str, FileRow]
    token: str = ""
    login: Login | None = None
    vendor: str = ""
    model: str = ""
    stand_in: bool = False

    @property
    def account(self) -> FileRow | None:
        """A softphone's one file, by whatever name; None for everybody else."""
        if self.address.kind != SOFTPHONE:
            return None
        return next(iter(self.files.values()), None)


@dataclass(frozen=True, slots=True)
class Devices:
    """Everybody who may ask, by what a request may name them with. `seals` by owner."""

    by_address: Mapping[Address, Device]
    by_mac: Mapping[str, Device]
    by_username: Mapping[str, Device]
    by_site: Mapping[str, Device]
    shared: Mapping[str, Mapping[str, FileRow]]
    nobody: Device
    seals: Mapping[Address, str]
    too_wide: tuple[str, ...] = ()
    """Networks that hold so much of the world that they count for nothing."""
    _sites: tuple[tuple[Network, str], ...] = ()
    _found: dict[Host | None, frozenset[str]] = field(default_factory=dict)
    """Sites by address, as far as somebody has asked from there."""

    @property
    def phones(self) -> frozenset[Address]:
        """The phones that may fetch."""
        return frozenset(
            each.address for each in self.by_address.values() if each.enabled and each.mac
        )

    def who(
        self, asked: Asked, by_token: Address | None, *, agent_mac: str, certificate: str,
        username: str,
    ) -> Device:  # fmt: skip
        """Return the device that a request is about; the stand-in when that is nobody.

        What the address says comes first; what a program says of itself last.
        """
        named = self.by_mac.get(asked.mac or "")
        others = (
            self.by_address.get(by_token) if by_token is not None else None,
            self.by_mac.get(certificate),
            self.by_username.get(username),
            self.by_mac.get(agent_mac),
        )
        if asked.contradicts:
            return self.nobody
        if asked.mac is not None:
            return named or self.nobody
        return next((each for each in others if each is not None), self.nobody)

    def file_of(self, device: Device, asked: Asked) -> FileRow | None:
        """Return the file that a device means: its account, its own, or one of its site for all."""
        if asked.account or device.address.kind == SOFTPHONE:
            return device.account if asked.account else None
        own = device.files.get(asked.name)
        return own if own is not None else self.shared.get(device.site, {}).get(asked.name)

    def is_inside(self, host: Host | None) -> bool:
        """Whether an address lies in a network of any site."""
        return bool(self._sites_of(host))

    def place(self, host: Host | None) -> Device:
        """Return the stand-in of the site in whose networks an address lies.

        Nobody where that could be several sites: their files for all differ.
        """
        sites = self._sites_of(host)
        return self.by_site[next(iter(sites))] if len(sites) == 1 else self.nobody

    def _sites_of(self, host: Host | None) -> frozenset[str]:
        """Return the sites of the narrowest network that an address lies in."""
        if host not in self._found:
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            around = [each for each in self._sites if inside(host, each[:1])]
            narrowest = max((each[0].prefixlen for each in around), default=0)
            self._found[host] = frozenset(
                site for network, site in around if network.prefixlen == narrowest
            )
        return self._found[host]


def gather(
    owners: Iterable[Owner], access: Mapping[Address, Access], everywhere: Iterable[str],
    realm: str, before: Devices | None = None,
) -> Devices:  # fmt: skip
    """Return everybody who may ask. `everywhere` are networks that count as every site's.

    Whoever has not been published anew is taken over from `before`.
    """
    owners = sorted(owners, key=lambda each: (each.enabled, each.published_at))
    read = _networks(everywhere)
    shared: dict[str, dict[str, FileRow]] = {}
    for owner in owners:
        if owner.shared and owner.enabled and owner.intact:
            shared.setdefault(owner.site, {}).update(_files(owner))
    known = before.by_address if before is not None else {}
    seals = before.seals if before is not None else {}
    devices = {
        each.address: known[each.address]
        if each.address in known and seals[each.address] == each.seal
        else _device(each, access.get(each.address, Access()), read(each.subnets)[0], realm)
        for each in owners
        if not each.shared and each.intact
    }
    of_phones = {
        each.site: each.subnets for each in owners if each.subnets and each.address in devices
    }
    by_site = {
        site: Device(
            Address("site", "", site), site, "", enabled=True, networks=read(subnets)[0],
            files=shared.get(site, {}), stand_in=True,
        )
        for site, subnets in of_phones.items()
    }  # fmt: skip
    return Devices(
        devices,
        {each.mac: each for each in devices.values() if each.mac},
        {each.login.username: each for each in devices.values() if each.login is not None},
        by_site,
        shared,
        _nobody(read(())[0]),
        {each.address: each.seal for each in owners},
        tuple(dict.fromkeys(one for each in owners for one in read(each.subnets)[1])),
        tuple((network, site) for site, each in by_site.items() for network in each.networks),
    )


Networks = Callable[[tuple[str, ...]], tuple[tuple[Network, ...], tuple[str, ...]]]


def _networks(everywhere: Iterable[str]) -> Networks:
    """Return a reader of networks that reads each list once: thousands of phones share one."""
    common = tuple(everywhere)

    @cache
    def read(texts: tuple[str, ...]) -> tuple[tuple[Network, ...], tuple[str, ...]]:
        return read_networks((*texts, *common))

    return read


def _device(owner: Owner, shows: Access, networks: tuple[Network, ...], realm: str) -> Device:
    return Device(
        owner.address, owner.site, owner.mac or "", owner.enabled, networks, _files(owner),
        digest_of(shows.token) if shows.token else "",
        login(shows.username, shows.password, realm) if shows.password else None,
        owner.vendor, owner.model,
    )  # fmt: skip


def _files(owner: Owner) -> dict[str, FileRow]:
    return {folded(name): file for name, file in owner.files.items()}


def _nobody(networks: tuple[Network, ...]) -> Device:
    return Device(
        Address("phone", "", "nobody"), "", "f" * 12, enabled=False, networks=networks, files={},
        token=digest_of(new_token()), login=login("nobody", token_hex(16), "nowhere"),
        stand_in=True,
    )  # fmt: skip
