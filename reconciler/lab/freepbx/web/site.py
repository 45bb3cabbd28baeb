"""config.php and ajax.php: sessions, the Referer rule, and which page answers."""

from __future__ import annotations

import json
from html import escape
from urllib.parse import urlsplit

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Duplicate, NoAsterisk
from reconciler.lab.freepbx.web.ajax import Ajax
from reconciler.lab.freepbx.web.exports import export
from reconciler.lab.freepbx.web.forms import Filled, Options, render
from reconciler.lab.freepbx.web.pages import (
    follow,
    groups,
    menus,
    numbers,
    people_sent,
    places,
    queues,
    routes,
    sounds,
    times,
    trunks,
)
from reconciler.lab.freepbx.web.pages.page import Broken, Page
from reconciler.lab.freepbx.web.sessions import Sessions
from reconciler.lab.freepbx.web.sources import options
from reconciler.lab.freepbx.wire import Params, Reply, Request, text

HTML = "text/html; charset=utf-8"
TITLE = "FreePBX Administration"
LOGIN = (
    '<form id="loginform" method="post" role="form"><input type="text" name="username">'
    '<input type="password" name="password"></form>'
)
BAD_REFERER = (
    "<h2>Potential Security Breach</h2><p>HTTP_REFERER is not of this server, so nothing was done."
    "</p>"
)
"""By its heading a real one can be known (source: framework, views/bad_refferer.php)."""
PAGES: dict[str, Page] = {
    "trunks": trunks.PAGE, "routing": routes.PAGE, "did": numbers.PAGE,
    "extensions": people_sent.PAGE, "ringgroups": groups.GROUP, "queues": queues.PAGE,
    "ivr": menus.IVR, "announcement": menus.ANNOUNCEMENT, "timegroups": times.GROUP,
    "timeconditions": times.CONDITION, "daynight": times.FLOW, "paging": groups.PAGING,
    "conferences": groups.ROOM, "blacklist": groups.BLOCKED, "findmefollow": follow.PAGE,
    "sipsettings": follow.SIP, "parking": places.LOT, "miscdests": places.MISC,
    "music": sounds.MUSIC, "recordings": sounds.RECORDINGS,
}  # fmt: skip


class Site:
    """The web pages of one PBX."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx
        self.sessions = Sessions(pbx)
        self._ajax = Ajax(pbx)

    def reply(self, request: Request) -> Reply:
        """Answer a request below /admin."""
        cookie = request.cookies.get("PHPSESSID")
        new = () if cookie else (("Set-Cookie", f"PHPSESSID={self.sessions.new()}; path=/"),)
        own = cookie or (new[0][1][10:36] if new else "")
        if request.path.endswith("/ajax.php"):
            user = self.sessions.user(cookie)
            reply = self._ajax.reply(request, user=user, referred=_referred(request))
        elif request.path in ("/admin", "/admin/") or request.path.endswith("/config.php"):
            reply = self._config(request, own)
        else:
            reply = Reply(404, _page("404 Not Found", "Not Found"), HTML)
        return reply._replace(headers=(*reply.headers, *new))

    def _config(self, request: Request, cookie: str) -> Reply:
        params = request.params
        if "logout" in params:
            self.sessions.log_out(cookie)
            return Reply(200, "", HTML)
        if text(request.form, "action") == "setup_admin":
            user, password = text(request.form, "username"), text(request.form, "password1")
            return (
                self._whole("Welcome") if self.sessions.set_up(cookie, user, password) else _login()
            )
        if self.sessions.user(cookie) is None:
            user, password = text(request.form, "username"), text(request.form, "password")
            if not (user and self.sessions.log_in(cookie, user, password)):
                return _login()
        if text(params, "action") and not _referred(request):
            return self._whole(BAD_REFERER)
        display = text(params, "display")
        if display == "bulkhandler" and text(params, "activity") == "export":
            try:
                return export(self._pbx, text(params, "export"))
            except NoAsterisk as error:
                return _broken(self._pbx.excuse(error))
        page = PAGES.get(display)
        if page is None or (page.module and page.module not in self._pbx.modules):
            return self._whole(f"<h1>{escape(display) or 'Dashboard'}</h1>")
        return self._paged(page, request)

    def _paged(self, page: Page, request: Request) -> Reply:
        params = request.params
        try:
            return self._taken(page, params)
        except (Broken, Duplicate) as error:
            return _broken(str(error))
        except NoAsterisk as error:
            return _broken(self._pbx.excuse(error))

    def _taken(self, page: Page, params: Params) -> Reply:
        done = page.send(self._pbx, params, text(params, "action"))
        if done is not None and page.reloads:
            self._pbx.tables.needs_reload = True
        if done is not None and done.location:
            return Reply(302, "", HTML, (("Location", done.location),))
        filled = page.fill(self._pbx, params)
        return self._whole(self._drawn(filled) if filled else page.shows(self._pbx))

    def _drawn(self, filled: Filled) -> str:
        sources: Options = options(self._pbx.tables)
        return render(filled, self._pbx.destinations(), sources)

    def _whole(self, content: str) -> Reply:
        """A page of somebody who is logged in: its menu has the button to apply changes.

        The button is always there; its script shows it when `reload_needed` says so (source:
        framework, views/menu.php and views/footer.php).
        """
        pbx, name = self._pbx, 'id="button_reload" ' if self._pbx.asterisk_is_up else ""
        words = "Apply Config" if pbx.asterisk_is_up else "Cannot Connect to Asterisk"
        button = f'<a {name}class="btn btn-danger nav-button reload-btn">{words}</a>'
        conf = {"ver": pbx.version.framework, "reload_needed": pbx.tables.needs_reload}
        script = f"<script>var fpbx={json.dumps({'conf': conf})}</script>"
        body = _page(TITLE, content, before=button, after=script)
        return Reply(200, body, HTML, (("Set-Cookie", "lang=en_US"),))


def _login() -> Reply:
    return Reply(200, _page(TITLE, LOGIN), HTML, (("Set-Cookie", "lang=en_US"),))


def _broken(words: str) -> Reply:
    body = f'<div class="Whoops container"><h1>{escape(words)}</h1></div>'
    return Reply(500, _page("There was an error", body), "text/html;charset=UTF-8")


def _referred(request: Request) -> bool:
    """Whether the Referer's host is the one that was asked."""
    host = urlsplit(request.headers.get("referer", "")).netloc
    return bool(host) and host == request.headers.get("host", "")


def _page(title: str, content: str, *, before: str = "", after: str = "") -> str:
    return (
        f'<!DOCTYPE html><html class="firsttypeofselector"><head><title>{title}</title>'
        '<meta http-equiv="Content-Type" content="text/html;charset=utf-8"></head>'
        f'<body>{before}<div id="page_body">{content}</div>{after}</body></html>'
    )
