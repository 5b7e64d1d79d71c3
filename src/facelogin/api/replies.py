"""What answers look like. Times are RFC 3339 UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, PlainSerializer


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Moment = Annotated[datetime, PlainSerializer(_rfc3339, return_type=str)]


class Reply(BaseModel):
    """A body of an answer."""

    def json_ready(self) -> dict[str, object]:
        """Return the body as plain values; what is absent is left out."""
        return self.model_dump(mode="json", exclude_none=True)


class Error(Reply):
    """Every answer that is not a success."""

    message: str
    code: str
    request_id: str
    fields: dict[str, str] | None = None
    retry_after_s: int | None = None


class Registered(Reply):
    message: str
    user_id: str


class LoggedIn(Reply):
    message: str
    user_id: str
    username: str


class Greeting(Reply):
    username: str
    message: str


class SessionState(Reply):
    user_id: str
    username: str
    amr: list[str]
    assurance: str
    expires_at: Moment
    fresh_until: Moment


class NoticeState(Reply):
    version: str
    required: bool


class Config(Reply):
    required_assurance: Literal["photo", "live"]
    identification: Literal["off"]
    registration: Literal["open", "closed"]
    upload_allowed: bool
    flash: bool
    max_images: dict[Literal["register", "login"], int]
    languages: list[str]
    notice: NoticeState


class NoticeText(Reply):
    language: str
    version: str
    text: str


class Health(Reply):
    status: Literal["ok"]


class About(Reply):
    name: str
    version: str
    docs: str
    openapi: str
