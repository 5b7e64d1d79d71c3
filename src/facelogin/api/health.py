"""GET /healthz and GET /readyz: for whatever restarts this process or sends it requests."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.document import OPERATIONS, answers
from facelogin.api.replies import Health
from facelogin.domain import errors
from facelogin.services.readiness import Readiness


def health_resource(readiness: Readiness) -> APIBlueprint:
    """Return the blueprint of the two probes."""
    blueprint = APIBlueprint("health", __name__, abp_tags=[OPERATIONS])

    @blueprint.get(
        "/healthz",
        operation_id="live",
        summary="Tell whether the process lives",
        description="Asks nothing of the store or the face engine.",
        responses=answers({200: Health}),
    )
    def live() -> Response:
        return jsonify(Health(status="ok").json_ready())

    @blueprint.get(
        "/readyz",
        operation_id="ready",
        summary="Tell whether requests can be served",
        description="Asks the store for an answer, writes to it now and then, and loads the "
        "networks.",
        responses=answers({200: Health}, errors.StoreUnavailable),
    )
    def ready() -> Response:
        readiness.check()
        return jsonify(Health(status="ok").json_ready())

    return blueprint
