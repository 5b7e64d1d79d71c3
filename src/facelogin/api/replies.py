"""What answers look like. Times are RFC 3339 UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from facelogin.domain.identification import IdentificationMode
from facelogin.domain.policy import Assurance as AssuranceLevel
from facelogin.domain.policy import RegistrationMode
from facelogin.services.audit import Action, Outcome


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[
    datetime,
    PlainSerializer(_rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Assurance = Annotated[
    AssuranceLevel,
    WithJsonSchema({"type": "string", "enum": [level.value for level in AssuranceLevel]}),
]

RequiredAssurance = Annotated[
    AssuranceLevel,
    WithJsonSchema({"type": "string", "enum": ["photo", "live"]}),
]

Registration = Annotated[
    RegistrationMode,
    WithJsonSchema({"type": "string", "enum": [mode.value for mode in RegistrationMode]}),
]

Identification = Annotated[
    IdentificationMode,
    WithJsonSchema({"type": "string", "enum": [mode.value for mode in IdentificationMode]}),
]

ActionName = Annotated[
    Action, WithJsonSchema({"type": "string", "enum": [action.value for action in Action]})
]
OutcomeName = Annotated[
    Outcome, WithJsonSchema({"type": "string", "enum": [outcome.value for outcome in Outcome]})
]

_IMAGE_LIMIT = {"type": "integer"}
MaxImages = Annotated[
    dict[Literal["register", "login"], int],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"register": _IMAGE_LIMIT, "login": _IMAGE_LIMIT},
            "required": ["register", "login"],
        }
    ),
]


def _left_out() -> Any:  # noqa: ANN401 - stands for whatever the field holds
    """Return the default of a field that an answer has or has not, but never with null."""

    def without_default(schema: dict[str, Any]) -> None:
        schema.pop("default")

    return Field(default=None, json_schema_extra=without_default)


class Reply(BaseModel):
    """A body of an answer."""

    def json_ready(self) -> dict[str, object]:
        """Return the body as plain values; an optional field that is not set is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


class StepShown(Reply):
    """What the person is to do now; ``max_ms`` from when the server sent it.

    At most ``max_frames`` are sent, no more than the movement needs; fewer than ``min_frames`` are
    too few to be judged.

    In a flash the screen shows each of ``colours`` for ``slot_ms``.
    """

    n: int
    type: Literal["centre", "turn", "flash"]
    direction: Literal["left", "right", "up", "down"] | SkipJsonSchema[None] = _left_out()
    colours: list[str] | SkipJsonSchema[None] = _left_out()
    slot_ms: int | SkipJsonSchema[None] = _left_out()
    min_frames: int
    max_frames: int
    max_ms: int


class ChallengeBegun(Reply):
    """A live capture, and its first step."""

    challenge_id: str
    nonce: str
    expires_in_s: int
    step: StepShown


class StepAnswered(Reply):
    """What the frames of a step led to: a further step, the same turn again, or an end."""

    status: Literal["continue", "repeat", "passed", "failed"]
    code: str | SkipJsonSchema[None] = _left_out()
    detail: str | SkipJsonSchema[None] = _left_out()
    step: StepShown | SkipJsonSchema[None] = _left_out()


class Error(Reply):
    """Every answer that is not a success."""

    message: str
    code: str
    detail: str | SkipJsonSchema[None] = _left_out()
    request_id: str
    fields: dict[str, str] | SkipJsonSchema[None] = _left_out()
    retry_after_s: int | SkipJsonSchema[None] = _left_out()


class RecoveryCodes(Reply):
    recovery_codes: list[str]


class Registered(RecoveryCodes):
    message: str
    user_id: str
    username: str


class LoggedIn(Reply):
    message: str
    user_id: str
    username: str


class LoggedInByCode(LoggedIn):
    recovery_codes_left: int


class Greeting(Reply):
    username: str
    message: str


class SessionState(Reply):
    user_id: str
    username: str
    amr: list[str]
    assurance: Assurance
    expires_at: Moment
    fresh_until: Moment


class SteppedUp(Reply):
    message: str
    fresh_until: Moment


class ConsentKept(Reply):
    notice_version: str
    given_at: Moment


class ConsentGiven(ConsentKept):
    outdated: bool


class TemplateFacts(Reply):
    engine_id: str
    engine_version: str
    image_count: int
    created_at: Moment


class Account(Reply):
    user_id: str
    username: str
    email: str
    created_at: Moment
    consent: ConsentGiven | None
    template: TemplateFacts
    recovery_codes_left: int


class FaceReplaced(Reply):
    message: str
    template: TemplateFacts


class LiveSession(Reply):
    session_id: str
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    amr: list[str]
    assurance: Assurance
    browser: str | None
    current: bool


class LiveSessions(Reply):
    sessions: list[LiveSession]


class SessionsEnded(Reply):
    ended: int


class ActivityEntry(Reply):
    at: Moment
    action: ActionName
    outcome: OutcomeName
    factor: str | SkipJsonSchema[None] = _left_out()
    reason: str | SkipJsonSchema[None] = _left_out()
    browser: str | SkipJsonSchema[None] = _left_out()
    this_device: bool
    routine: bool


class ActivityList(Reply):
    activity: list[ActivityEntry]


class ExportedProfile(Reply):
    user_id: str
    username: str
    email: str
    created_at: Moment
    last_used_at: Moment | None
    disabled_at: Moment | None


class ExportedCredentials(Reply):
    template: TemplateFacts
    added_templates: list[TemplateFacts]
    recovery_codes_left: int


class ExportedDeed(Reply):
    at: Moment
    action: str
    outcome: str
    factor: str | None
    reason: str | None
    device: str | None
    browser: str | None


class Export(Reply):
    exported_at: Moment
    profile: ExportedProfile
    consents: list[ConsentKept]
    credentials: ExportedCredentials
    sessions: list[LiveSession]
    activity: list[ExportedDeed]


class NoticeState(Reply):
    version: str
    required: bool


class Config(Reply):
    required_assurance: RequiredAssurance
    identification: Identification
    registration: Registration
    upload_allowed: bool
    flash: bool
    max_images: MaxImages
    languages: list[str]
    notice: NoticeState
    sign_in_consent: bool


class NoticeText(Reply):
    language: str
    version: str
    text: str


class Health(Reply):
    status: Literal["ok"]


class About(Reply):
    name: str
    docs: str | None = None
    openapi: str | None = None
