"""GET /docs and /openapi.json: what there is to call. A page of our own, from our own host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify


def docs_pages(openapi: Mapping[str, Any]) -> Blueprint:
    """Return the blueprint of the documentation around an OpenAPI document."""
    blueprint = Blueprint("docs", __name__, static_folder="static", static_url_path="/docs/static")

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi)

    @blueprint.get("/docs")
    def page() -> Response:
        return blueprint.send_static_file("docs.html")

    return blueprint
