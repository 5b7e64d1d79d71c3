"""GET /healthz and GET /readyz: for whatever restarts this process or sends it requests."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint

from facelogin.api.document import OPERATIONS, answers
from facelogin.api.replies import Health
from facelogin.domain import errors
from facelogin.domain.ports import FaceEngine, Store


def health_resource(store: Store, engine: FaceEngine) -> APIBlueprint:
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
        description="Asks the store for an answer and loads the networks.",
        responses=answers({200: Health}, errors.StoreUnavailable),
    )
    def ready() -> Response:
        store.ping()
        engine.load()
        return jsonify(Health(status="ok").json_ready())

    return blueprint
