"""Parts of the OpenAPI document that flask-openapi3 has no words for.

It describes one media type per operation and one answer per status. Ours take JSON and multipart,
and one status carries several codes: each code is given as a named example of the one Error schema.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel

from facelogin.api.cookies import SessionCookie
from facelogin.api.errors import STATUS
from facelogin.domain import errors

CORE = Tag(name="Core", description="Accounts, faces and sessions.")
ACCOUNT = Tag(name="Account", description="What people see and change about themselves.")
OPERATIONS = Tag(name="Operations", description="For whoever runs the server.")
SESSION_SCHEME = "session"
NEEDS_SESSION: list[dict[str, list[Any]]] = [{SESSION_SCHEME: []}]

BODY_ERRORS: tuple[type[errors.Refusal], ...] = (
    errors.NotJson,
    errors.BodyTooLarge,
    errors.MediaTypeUnsupported,
    errors.InvalidRequest,
    errors.TooManyAttempts,
    errors.Busy,
    errors.StoreUnavailable,
)
CHALLENGE_ERRORS: tuple[type[errors.Refusal], ...] = (
    errors.ChallengeUnknown,
    errors.ChallengeSuperseded,
    errors.ChallengeSpent,
    errors.ChallengeExpired,
    errors.LivenessFailed,
)
IMAGE_ERRORS: tuple[type[errors.Refusal], ...] = (
    errors.ImageUnreadable,
    errors.ImageTypeUnsupported,
    errors.ImageAnimated,
    errors.ImageTooLarge,
    errors.FaceNotFound,
    errors.SeveralFaces,
    errors.FaceTooSmall,
    errors.TooDark,
    errors.TooBright,
    errors.TooBlurred,
    errors.FaceTurnedAway,
    errors.FaceCutOff,
    errors.FaceCovered,
)


def answers(
    success: Mapping[int, type[BaseModel] | None], *refusals: type[errors.Refusal]
) -> ResponseDict:
    """Return every answer of an operation: its success, its refusals, and a fault of ours."""
    by_status: dict[int, list[type[errors.Refusal]]] = defaultdict(list)
    for refusal in (*refusals, errors.InternalError):
        by_status[STATUS[refusal].value].append(refusal)
    described: ResponseDict = dict(success.items())
    described |= {status: _failure(kinds) for status, kinds in by_status.items()}
    return described


def capture_body(
    model: type[BaseModel], *, example: Mapping[str, object]
) -> dict[str, dict[str, Any]]:
    """Return the request body of an operation that takes images, in both media types."""
    as_json = model.model_json_schema()
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": as_json, "example": dict(example)},
                "multipart/form-data": {"schema": _with_file_parts(as_json)},
            },
        }
    }


def json_body(
    model: type[BaseModel], *, example: Mapping[str, object]
) -> dict[str, dict[str, Any]]:
    """Return the request body of an operation that takes JSON."""
    content = {"schema": _whole_schema(model), "example": dict(example)}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def step_body(meta: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """Return the request body of a step: what the frames are, and the frames."""
    frames = {"type": "string", "format": "binary", "description": "A JPEG frame, `frame-<seq>`."}
    schema = {
        "type": "object",
        "required": ["meta"],
        "properties": {"meta": _whole_schema(meta)},
        "additionalProperties": frames,
    }
    content = {"schema": schema, "encoding": {"meta": {"contentType": "application/json"}}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": content}}}


def _whole_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a model with the parts that it names in their places.

    Its own references lead to its root, which is not that of the document.
    """
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(node: object) -> object:
        if isinstance(node, list):
            return [whole(each) for each in node]
        if not isinstance(node, dict):
            return node
        part = parts.get(str(node.get("$ref", "")).removeprefix("#/$defs/"))
        if part is not None:
            return whole(part)
        return {key: whole(value) for key, value in node.items()}

    return {key: whole(value) for key, value in schema.items()}


def security_schemes(cookie: SessionCookie) -> dict[str, Any]:
    """Return how a client shows who it is."""
    return {
        SESSION_SCHEME: {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie.name,
            "description": "Set by a successful login.",
        }
    }


def _failure(kinds: list[type[errors.Refusal]]) -> dict[str, Any]:
    examples = {kind.code: {"value": _example(kind)} for kind in kinds}
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "examples": examples,
            }
        },
    }


def _example(kind: type[errors.Refusal]) -> dict[str, object]:
    example: dict[str, object] = {
        "message": kind.sentence,
        "code": kind.code,
        "request_id": "5f2b8c0d9e71a346",
    }
    if kind is errors.InvalidRequest:
        example["fields"] = {"username": "This is missing."}
    return example


def _with_file_parts(as_json: Mapping[str, Any]) -> dict[str, Any]:
    file: dict[str, Any] = {"type": "string", "format": "binary"}
    properties = dict(as_json["properties"])
    properties["image"] = file | {"description": "A JPEG, PNG or WebP file."}
    most = next(kind for kind in properties["images"]["anyOf"] if kind["type"] == "array")
    properties["images"] = {
        **most,
        "items": file,
        "description": "Several files of one person, each a part called `images`.",
    }
    return {**as_json, "properties": properties}
