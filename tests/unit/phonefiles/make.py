"""Phones built in place, without YAML."""

from reconciler.adapters.renderers import RENDERERS
from reconciler.diagnostics.diagnostic import Checked
from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration, Head
from reconciler.kinds.entry import flatten
from reconciler.kinds.template import Template
from reconciler.model.resource import NO_META, Desired
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.fetching import Fetching
from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.inventory import Inventory, Placement
from reconciler.phonefiles.render import Rendered, render_phone
from reconciler.testing.building import FILE, at, desired, pbx, resource, site
from tests.cases.phonefiles.readers import READERS, Parameters

MODELS = {"yealink": "T46S", "grandstream": "GXP2170", "polycom": "VVX601", "snom": "D785",
          "fanvil": "X5U"}  # fmt: skip
ALL_OF_A_NETWORK = Fetching()
PHONE = at("phone/home/desk")


def template(vendor: str = "any", pattern: str | None = None) -> Declaration:
    entry = Template(vendor=vendor, model_pattern=pattern)
    place = Place(FILE, 0, ("templates", "house"))
    return Declaration(
        Template, "house", flatten(entry), NO_META, place, 1, Head(FILE, 0), typed=entry
    )


def render(
    model: str,
    *,
    name: str = "Ada",
    templates: tuple[Declaration, ...] = (template(),),
    pbx_fields: dict[str, Value] | None = None,
    site_fields: dict[str, Value] | None = None,
    fetching: Fetching = ALL_OF_A_NETWORK,
    images: dict[tuple[str, str, str], str] | None = None,
    **fields: Value,
) -> Checked[Rendered]:
    """Render one phone with one line; fields with dots are written with two underscores."""
    extension = resource(
        "extension/office/1001", {"name": name, "secret": Secret("store:sip-1001")}
    )
    written = {key.replace("__", "."): value for key, value in fields.items()}
    whole = {"mac": "80:5e:c0:00:00:01", "model": model, "lines": [{"extension": "1001"}]}
    phone = resource(PHONE, {**whole, **written})
    wish: Desired = desired([extension, phone], [pbx(), site()])
    wish = Desired(
        wish.resources,
        wish.targets,
        sites={"home": {"timezone": "Europe/Berlin", "country": "DE", **(site_fields or {})}},
        pbxs={"office": {"sip.host": "pbx.example.test", **(pbx_fields or {})}},
    )
    placement = Placement("office", phone.origin, templates)
    sites = {"home": Place(FILE, 0, ("sites", "home"))}
    pbxs = {"office": Place(FILE, 0, ("pbxs", "office"))}
    inventory = Inventory({PHONE: placement}, sites, pbxs, fetching=fetching, firmware=images or {})
    return render_phone(phone, wish, inventory, RENDERERS)


def parameters(vendor: str, files: tuple[PhoneFile, ...]) -> Parameters:
    """Return everything that a phone's files hold, by an independent reader, secrets masked."""
    found: Parameters = {}
    for each in files:
        found |= READERS[vendor](each.masked())
    return found
