"""GET /, /docs and /openapi.json: what there is to call. A page of our own, from our own host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from facelogin.api.replies import About

_TYPES = ["application/json", "text/html"]  # the first is for those who take anything


def docs_pages(openapi: Mapping[str, Any]) -> Blueprint:
    """Return the blueprint of the documentation around an OpenAPI document."""
    blueprint = Blueprint("docs", __name__, static_folder="static", static_url_path="/docs/static")

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi)

    @blueprint.get("/docs")
    def page() -> Response:
        return blueprint.send_static_file("docs.html")

    def tell() -> Response:
        about = About(
            name=openapi["info"]["title"],
            version=openapi["info"]["version"],
            docs=url_for("docs.page"),
            openapi=url_for("docs.document"),
        )
        return jsonify(about.json_ready())

    @blueprint.get("/")
    def front_door() -> BaseResponse:
        wanted = request.accept_mimetypes.best_match(_TYPES, default=_TYPES[0])
        response = redirect(url_for("docs.page"), 303) if wanted == _TYPES[1] else tell()
        response.vary.add("Accept")
        return response

    return blueprint
