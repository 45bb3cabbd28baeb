"""Links: ways to a softphone's account that expire, and that work once where that is wanted. IO.

    with open_published_store(...) as store:
        link = give_link(store, softphone.address, base_url, expires_s=86_400, once=True)
        code = app.scanned(softphone, link)

The link holds no secret of the account. Its text is returned here and kept nowhere: the store has
its hash. The server takes it as `base_url/softphone/TOKEN`, or as the password that an app sends.
"""

from reconciler.errors import StoreError
from reconciler.model.address import Address
from reconciler.provisioning.store.published import Published
from reconciler.softphones.softphone import Link


def give_link(
    store: Published, owner: Address, base_url: str, *, expires_s: int, once: bool = True
) -> Link:
    """Make a link to a softphone's account. Raises StoreError when there is nothing to fetch."""
    found = next(iter(store.owners([owner])), None)
    if found is None or not found.enabled or not found.files:
        raise StoreError(
            f"{owner} has no account in the published store: a link would open nothing.",
            hint="reconciler apply publishes it",
        )
    text, _ = store.admissions.issue(owner, expires_s, kind="link", once=once)
    return Link(base_url, text)


def end_links(store: Published, owner: Address) -> int:
    """End every link of an owner that still works. Returns how many there were."""
    tokens = store.admissions.tokens([owner])
    links = [each.digest for each in tokens if each.kind == "link" and not each.ended]
    return len(store.admissions.end(links, "revoked")) if links else 0
