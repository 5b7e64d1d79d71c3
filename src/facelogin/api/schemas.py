"""What requests must look like. The same models validate and describe themselves in OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from facelogin.api.base64_image import decode_image
from facelogin.domain.challenge import ChallengePurpose, Claim
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.names import parse_username
from facelogin.emails import parse_email

MAX_REGISTER_IMAGES = 5
MAX_LOGIN_IMAGES = 3
MAX_STEP_FRAMES = 24
SENTENCE = "sentence"
"""The type of the pydantic errors whose message is already meant for the person."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SOURCES = ("image", "images", "challenge_id")
_MISSING = "This is missing."
_NO_SOURCE = "Send a picture of your face: image, images or challenge_id."
_SEVERAL_SOURCES = "Send only one of image, images and challenge_id."


def _image(value: object) -> object:
    """Take bytes (a file part) as they are and decode text (JSON) from base64."""
    if not isinstance(value, str):
        return value
    try:
        return decode_image(value)
    except ValueError as error:
        raise PydanticCustomError(SENTENCE, "{text}", {"text": str(error)}) from error


def _storable(value: str) -> str:
    """Refuse NUL and lone surrogates, which JSON can write and databases can't keep."""
    if _UNSTORABLE.search(value):
        raise PydanticCustomError(SENTENCE, "This contains a character that can't be used.")
    return value


def _email(value: str, info: ValidationInfo) -> str:
    """Refuse what is no address, like any other field: all wrong ones are told at once."""
    private_domains = info.context.get("private_domains", ()) if info.context else ()
    try:
        return parse_email(value, private_domains=private_domains)
    except InvalidRequest as refusal:
        told = (refusal.fields or {}).get("email", refusal.message)
        raise PydanticCustomError(SENTENCE, "{text}", {"text": told}) from refusal


def _username(value: str) -> str:
    """Refuse what is no username, like any other field: all wrong ones are told at once."""
    try:
        return parse_username(value)
    except InvalidRequest as refusal:
        told = (refusal.fields or {}).get("username", refusal.message)
        raise PydanticCustomError(SENTENCE, "{text}", {"text": told}) from refusal


Text = Annotated[str, AfterValidator(_storable)]
EncodedImage = Annotated[
    bytes, BeforeValidator(_image), WithJsonSchema({"type": "string", "format": "byte"})
]
_IMAGE_TEXT = (
    "A JPEG of at most 50 megapixels, or a PNG or WebP image of at most 16, unless set otherwise; "
    "base64, with or without a `data:` prefix."
)
_IMAGES_TEXT = (
    "Several images of one person, each like `image`. A refusal names the one that it is about in "
    "`fields`, counted from 0: `images[1]`."
)
_CHALLENGE_TEXT = "A live capture that has passed, in place of images."


class Body(BaseModel):
    """A request body: wrong types are refused, never converted; unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    takes_images: ClassVar[bool] = False

    @classmethod
    def across_fields(cls, given: Mapping[str, object]) -> dict[str, str]:  # noqa: ARG003
        """Return a sentence for each field that is wrong because of another one."""
        return {}

    @classmethod
    def parse(cls, given: Mapping[str, object], *, private_domains: Collection[str]) -> Self:
        """Return the validated body. Raises pydantic's ValidationError."""
        return cls.model_validate(given, context={"private_domains": private_domains})


class Capture(Body):
    """A body that shows a face in exactly one of three ways."""

    takes_images = True

    image: EncodedImage | None = Field(default=None, description=_IMAGE_TEXT)
    images: list[EncodedImage] | None = None
    challenge_id: Annotated[Text, Field(max_length=128)] | None = Field(
        default=None, description=_CHALLENGE_TEXT
    )

    @classmethod
    def across_fields(cls, given: Mapping[str, object]) -> dict[str, str]:
        """Name the image fields where none or more than one of them is given."""
        sources = [name for name in _SOURCES if given.get(name) is not None]
        if not sources:
            return {"image": _NO_SOURCE}
        return dict.fromkeys(sources, _SEVERAL_SOURCES) if len(sources) > 1 else {}

    def claim(self, capture: str | None) -> Claim | None:
        """Return the challenge that was named, with what the capture cookie holds, or None."""
        return None if self.challenge_id is None else Claim(self.challenge_id, capture)

    def encoded_images(self) -> list[bytes]:
        """Return the images that were given; none where a challenge was."""
        if self.images is not None:
            return self.images
        return [self.image] if self.image is not None else []


def _one_source(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": [name]} for name in _SOURCES]


Email = Annotated[Text, Field(max_length=320), AfterValidator(_email)]
Username = Annotated[Text, Field(max_length=320)]
EnrolImages = Annotated[list[EncodedImage], Field(min_length=1, max_length=MAX_REGISTER_IMAGES)]
VerifyImages = Annotated[list[EncodedImage], Field(min_length=1, max_length=MAX_LOGIN_IMAGES)]
NoticeVersion = Annotated[Text, Field(max_length=64)]
_SIGN_IN_CONSENT_TEXT = (
    "The version of the privacy notice that the person agreed to. Needed where `/config` says so "
    "in `sign_in_consent`, from a browser that has not signed in to this account before."
)
Invitation = Annotated[Text, Field(max_length=128)]
_INVITE_TEXT = "An invitation, if `/config` says that registering needs one."
_EMAIL_TEXT = "Checked for its form only; unique regardless of case."
_USERNAME_TEXT = (
    "3 to 32 letters, digits, dots, underscores or hyphens, of one script (UTS 39, highly "
    "restrictive) and none invisible; unique regardless of case."
)


class RegistrationCheckBody(Body):
    """What an account would be called, and the invitation for it."""

    email: Email = Field(description=_EMAIL_TEXT)
    username: Annotated[Username, AfterValidator(_username)] = Field(description=_USERNAME_TEXT)
    invite: Invitation | None = Field(default=None, description=_INVITE_TEXT)


class RegisterBody(Capture):
    """An account to be made."""

    model_config = ConfigDict(json_schema_extra=_one_source)

    email: Email = Field(description=_EMAIL_TEXT)
    username: Username = Field(description=_USERNAME_TEXT)
    consent: NoticeVersion | None = Field(
        default=None, description="The version of the privacy notice that the person agreed to."
    )
    invite: Invitation | None = Field(default=None, description=_INVITE_TEXT)
    images: EnrolImages | None = Field(default=None, description=_IMAGES_TEXT)


class NamelessLoginBody(Capture):
    """A face, and whose it is said to be, or whose it is to be found out."""

    model_config = ConfigDict(json_schema_extra=_one_source)

    username: Username | None = Field(
        default=None, description="May be left out where `/config` says that identification is on."
    )
    consent: NoticeVersion | None = Field(default=None, description=_SIGN_IN_CONSENT_TEXT)
    images: VerifyImages | None = Field(default=None, description=_IMAGES_TEXT)


class LoginBody(NamelessLoginBody):
    """A face, and whose it is said to be."""

    @classmethod
    def across_fields(cls, given: Mapping[str, object]) -> dict[str, str]:
        """Name the username where there is none, and the image fields."""
        missing = {} if given.get("username") is not None else {"username": _MISSING}
        return missing | super().across_fields(given)


class NamelessChallengeBody(Body):
    """What a live capture is to be for, and whose; a login may be anybody's."""

    needed: ClassVar[dict[str, tuple[str, ...]]] = {"register": ("username", "email")}

    purpose: Annotated[ChallengePurpose, Field(strict=False)]
    username: Username | None = Field(
        default=None,
        description="Who registers or signs in; not for `step_up`. For `login` it may be left out "
        "where `/config` says that identification is on.",
    )
    email: Email | None = Field(default=None, description=f"For `register`. {_EMAIL_TEXT}")
    consent: NoticeVersion | None = Field(
        default=None,
        description="For `register`: the version of the privacy notice that was agreed to. For "
        f"`login`: {_SIGN_IN_CONSENT_TEXT[0].lower()}{_SIGN_IN_CONSENT_TEXT[1:]}",
    )
    invite: Invitation | None = Field(
        default=None, description="For `register`: an invitation, where one is needed."
    )
    flash: bool = Field(
        default=True,
        description="`false`: without colours on the screen, where `/config` says that there are.",
    )
    longer_time: bool = Field(
        default=False,
        description="`true`: three times as long for every step, 300 seconds in all.",
    )

    @classmethod
    def across_fields(cls, given: Mapping[str, object]) -> dict[str, str]:
        """Name what this purpose needs and was not given."""
        purpose = given.get("purpose")
        names = cls.needed.get(purpose, ()) if isinstance(purpose, str) else ()
        return {name: _MISSING for name in names if given.get(name) is None}


class ChallengeBody(NamelessChallengeBody):
    """What a live capture is to be for, and whose."""

    needed = NamelessChallengeBody.needed | {"login": ("username",)}


class FrameMeta(BaseModel):
    """One frame of a step: its number in the challenge, its time, and what the part must be."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    seq: int = Field(ge=0, le=9999, description="Counts upwards over the whole challenge.")
    t_ms: int = Field(ge=0, le=60_000, description="Milliseconds since the page showed the step.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the part `frame-<seq>`, in hex.")


class StepMeta(Body):
    """What the frames of a step are."""

    nonce: Annotated[Text, Field(max_length=128)]
    frames: Annotated[list[FrameMeta], Field(max_length=MAX_STEP_FRAMES)]


class StepPath(BaseModel):
    """Which step of which challenge."""

    challenge_id: str
    n: int = Field(ge=0, le=99)


class RecoveryBody(Body):
    """A recovery code, and whose it is said to be."""

    username: Username
    recovery_code: Annotated[Text, Field(max_length=64)] = Field(
        description="One of the unused codes; case, spaces and hyphens do not matter."
    )


class StepUpBody(Capture):
    """The face of whoever is signed in."""

    model_config = ConfigDict(json_schema_extra=_one_source)

    images: VerifyImages | None = Field(default=None, description=_IMAGES_TEXT)


class FaceBody(Capture):
    """A face that takes the place of the enrolled one."""

    model_config = ConfigDict(json_schema_extra=_one_source)

    images: EnrolImages | None = Field(default=None, description=_IMAGES_TEXT)


class ProfileBody(Body):
    """The names to change: at least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    email: Email | None = Field(default=None, description=_EMAIL_TEXT)
    username: Username | None = Field(default=None, description=_USERNAME_TEXT)


class ConsentBody(Body):
    """Consent to the notice as it is now."""

    consent: NoticeVersion = Field(
        description="The version of the privacy notice that the person agrees to."
    )


class SessionPath(BaseModel):
    """Which session: an id from the list of one's own."""

    session_id: str


class EndSessionsQuery(BaseModel):
    """Which sessions to end: all others where nothing is said."""

    including_this: bool = Field(default=False, description="Whether this session ends too.")


class GreetingQuery(BaseModel):
    """Whose greeting: the session's own where nothing is said."""

    user_id: str | None = Field(default=None, description="The session's own user, if given.")


class SessionQuery(BaseModel):
    """What to answer if nobody is signed in: an error where nothing is said."""

    optional: bool = Field(default=False, description="204 instead of 401 if nobody is signed in.")


class NoticeQuery(BaseModel):
    """Which language: the nearest that there is."""

    lang: str | None = Field(default=None, description="A BCP 47 language tag, like `en`.")
