"""The page: a welcome sheet as one HTML file, which prints on one page of paper. Pure.

Everything is in the file (style, code as SVG): it can be mailed, kept and printed anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reconciler.views import qr
from reconciler.views.welcome.style import STYLE
from reconciler.views.welcome.text import TEXTS
from reconciler.views.welcome.words import Texts

PAPERS: Final[Mapping[str, str]] = {"a4": "A4", "letter": "Letter"}
"""Sizes of paper, as CSS calls them."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is on a sheet. No password is among it.

    `scanned` is what the QR code carries, None where there is none or it would be a password
    (`code_is_secret`); `address` is for people to type, where an app takes one; `expires` is a
    moment in `zone` (IANA), None where nothing expires; `codes` are names of feature codes with
    what is dialled.
    """

    name: str
    number: str
    organisation: str
    label: str
    app: str
    app_title: str
    scanned: str | None
    address: str | None
    expires: datetime | None
    zone: str
    one_time: bool
    code_is_secret: bool
    codes: tuple[tuple[str, str], ...] = ()
    emergency_numbers: tuple[str, ...] = ()


def page(welcome: Welcome, *, language: str = "en", paper: str = "a4") -> str:
    """Return the sheet as HTML."""
    texts = TEXTS[language]
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_PAGE).render(
        language=language,
        style=Markup(STYLE.replace("PAPER", PAPERS[paper])),  # noqa: S704 - our own style
        it=welcome,
        say=texts,
        steps=_steps(welcome, texts),
        code=_drawn(welcome, texts),
        codes=[(texts.code_names[name], dialled) for name, dialled in welcome.codes],
        expires=_moment(welcome, texts),
        title=_title(welcome, texts),
    )


def _title(welcome: Welcome, texts: Texts) -> str:
    return texts.any_app if welcome.app == "generic" else welcome.app_title


def _steps(welcome: Welcome, texts: Texts) -> list[str]:
    guide = texts.guides[welcome.app]
    return [texts.get.format(app=_title(welcome, texts), where=guide.get), *guide.steps]


def _moment(welcome: Welcome, texts: Texts) -> str:
    if welcome.expires is None:
        return ""
    at = welcome.expires
    return texts.moment.format(
        weekday=texts.weekdays[at.weekday()], day=at.day, month=texts.months[at.month - 1],
        year=at.year, time=f"{at:%H:%M}", zone=welcome.zone.replace("_", " "),
    )  # fmt: skip


def _drawn(welcome: Welcome, texts: Texts) -> Markup | None:
    if welcome.scanned is None:
        return None
    drawn = qr.svg(welcome.scanned, texts.scan.format(app=_title(welcome, texts)))
    return Markup(drawn)  # noqa: S704 - segno escapes the title, the rest is a path


_PAGE: Final = """<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{{ say.title.format(organisation=it.organisation) }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<header>
  <p class="organisation">{{ it.organisation }}</p>
  <h1>{{ say.hello.format(name=it.name) }}</h1>
  <p class="intro">{{ say.intro }}</p>
  <dl>
    <div><dt>{{ say.number }}</dt><dd class="number">{{ it.number }}</dd></div>
    <div><dt>{{ say.app }}</dt><dd>{{ title }}
    {%- if it.label %}<small>{{ it.label }}</small>{% endif %}</dd></div>
  </dl>
</header>
<section class="{{ 'start' if code or it.code_is_secret else 'start wide' }}">
  <div>
    <h2>{{ say.start }}</h2>
    <ol>
    {% for step in steps %}
      <li><span>{{ step }}</span></li>
    {% endfor %}
    </ol>
  </div>
  {% if code or it.code_is_secret %}
  <figure class="{{ 'card' if code else 'card empty' }}">
  {% if code %}
    <div class="code">{{ code }}</div>
    <figcaption>
      <strong>{{ say.once if it.one_time else say.until }}</strong>
      {{ say.expires.format(moment=expires) if expires }}
    </figcaption>
  {% else %}
    <figcaption>{{ say.shown }}</figcaption>
  {% endif %}
  </figure>
  {% endif %}
  {% if it.address %}
  <p class="address">{{ say.address if code else say.enter }} <code>{{ it.address }}</code>
  {% if not code and expires %}
    {{ say.once if it.one_time else say.until }} {{ say.expires.format(moment=expires) }}
  {% endif %}
  </p>
  {% endif %}
</section>
<section class="more">
  <div class="codes">
    <h2>{{ say.codes }}</h2>
    {% if codes %}
    <table>
    {% for name, dialled in codes %}
      <tr><th scope="row">{{ dialled }}</th><td>{{ name }}</td></tr>
    {% endfor %}
    </table>
    {% else %}
    <p>{{ say.no_codes }}</p>
    {% endif %}
  </div>
  <aside class="emergency">
    <h2>{{ say.emergency }}</h2>
    {% if it.emergency_numbers %}
    <p class="dial">{{ say.dial.format(numbers=it.emergency_numbers | join(say.either)) }}</p>
    {% endif %}
    <p>{{ say.whereabouts }}</p>
    <p>{{ say.fallback }}</p>
  </aside>
</section>
<footer><p>{{ say.lost }}</p></footer>
</main>
</body>
</html>
"""
