"""The web app's pages, beside the API on one origin.

A browser that goes to an address prefers HTML and gets a page, at an API's address the page that
belongs to it. Everybody else gets JSON, but at a page's own address only who asks for it.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Request, Response, g, jsonify, redirect, request, url_for
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.wrappers import Response as BaseResponse

from facelogin.api.replies import About
from facelogin.api.web_files import WebApp
from facelogin.domain.errors import NotFound

PAGES = ("/", "/sign-up", "/sign-in", "/welcome", "/me")
_PAGE_OF = {
    "/register": "/sign-up",
    "/login": "/sign-in",
    "/greeting": "/welcome",
    "/account": "/me",
}
_TYPES = ["application/json", "text/html"]  # the first is for those who take anything
_NOT_BUILT = Path(__file__).parent / "static" / "not_built.html"


def pages(webapp: WebApp | None, *, documented: bool) -> Blueprint:
    """Return the blueprint of the pages; where the web app is not built, of one that says so.

    ``documented``: there is documentation of the API to lead to.
    """
    blueprint = Blueprint("pages", __name__)
    blueprint.before_app_request(_redirect_navigation)
    blueprint.after_app_request(_tell_caches)

    @blueprint.get("/")
    def front_door() -> Response:
        if not _wants_page(request):
            return jsonify(_about(documented=documented).json_ready())
        return _not_built(200) if webapp is None else webapp.page()

    def show() -> Response:
        if not _takes_page(request):
            raise NotFound
        return _not_built(404) if webapp is None else webapp.page()

    for address in PAGES[1:]:
        blueprint.add_url_rule(address, endpoint=address[1:], view_func=show)
    if webapp is not None:
        _add_files(blueprint, webapp)
    return blueprint


def _add_files(blueprint: Blueprint, webapp: WebApp) -> None:
    """Serve the files of the app, and the app itself at every address that nothing else has."""

    def not_found() -> Response | None:
        return webapp.page(404) if _wants_page(request) else None

    def send(**_parts: str) -> Response:
        response = webapp.file(request.path) or not_found()
        if response is None:
            raise NotFound
        return response

    for number, root in enumerate(webapp.roots()):
        rule = f"/{root}<path:name>" if root.endswith("/") else f"/{root}"
        blueprint.add_url_rule(rule, endpoint=f"file{number}", view_func=send)

    @blueprint.before_app_request
    def _unknown() -> Response | None:
        unknown = isinstance(request.routing_exception, NoRoute)
        return not_found() if unknown and request.method in {"GET", "HEAD"} else None


def _not_built(status: int) -> Response:
    page = _NOT_BUILT.read_text(encoding="utf-8").replace('="/', f'="{request.script_root}/')
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _redirect_navigation() -> BaseResponse | None:
    page = _PAGE_OF.get(request.path)
    if page is None or request.method not in {"GET", "HEAD"} or not _wants_page(request):
        return None
    return redirect(f"{request.script_root}{page}", 303)


def _wants_page(sent: Request) -> bool:
    """Return whether the client prefers HTML to JSON, and remember that this made a difference."""
    g.accept_decided = True
    return sent.accept_mimetypes.best_match(_TYPES, default=_TYPES[0]) == "text/html"


def _takes_page(sent: Request) -> bool:
    """Return whether the client takes HTML as gladly as JSON, or names neither."""
    g.accept_decided = True
    html_first = _TYPES[::-1]
    return sent.accept_mimetypes.best_match(html_first, default=html_first[0]) == "text/html"


def _tell_caches(response: Response) -> Response:
    if g.pop("accept_decided", False):
        response.vary.add("Accept")
    return response


def _about(*, documented: bool) -> About:
    return About(
        name="facelogin",
        docs=url_for("docs.page") if documented else None,
        openapi=url_for("docs.document") if documented else None,
    )
