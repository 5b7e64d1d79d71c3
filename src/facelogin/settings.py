"""Every option of facelogin, typed, with its default.

Options come from ``FACELOGIN_*`` in the environment or in a ``.env`` file. One that holds a
secret may be given as a file instead: ``FACELOGIN_DATABASE_URL_FILE``. A bad value stops the start
with the variable's name, what was given and what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from facelogin.database_url import masked as masked_url
from facelogin.domain.calibration import TARGET_FMR
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.notice import LANGUAGE_TAG
from facelogin.domain.policy import Assurance, EngineMovePolicy, RegistrationMode
from facelogin.environment import (
    PREFIX,
    SECRETS,
    SecretFiles,
    given_variables,
    refuse_unknown,
)
from facelogin.identification_settings import IdentificationSettings
from facelogin.limit_settings import LimitSettings
from facelogin.live_settings import LiveSettings
from facelogin.recogniser_settings import RecogniserFile

_MASKS: Mapping[str, Callable[[str], str]] = {
    "database_url": masked_url,
    "metrics_token": lambda _: "(set)",
}
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_PUBLIC_URL_RULE = (
    "an address like https://login.example.org or https://example.org/login, its path of letters, "
    "digits and . _ ~ -"
)
_PATH_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")


class Profile(StrEnum):
    """Which command this process serves: ``facelogin run`` or ``facelogin serve``."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _origin(url: str) -> str:
    origin, path = _parts_of(url, rule="an origin like https://login.example.org, without a path")
    if path:
        raise ValueError("an origin like https://login.example.org, without a path")
    return origin


def _public_url(url: str) -> str:
    origin, path = _parts_of(url, rule=_PUBLIC_URL_RULE)
    segments = path.split("/")[1:]
    if not all(_PATH_SEGMENT.fullmatch(one) and one.strip(".") for one in segments):
        raise ValueError(_PUBLIC_URL_RULE)
    return origin + path


def _parts_of(url: str, *, rule: str) -> tuple[str, str]:
    """Return the origin as browsers write it, and the path without a slash at its end."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that no port can have
    except ValueError as error:
        raise ValueError(rule) from error
    extra = parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra:
        raise ValueError(rule)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_HOSTS:
        raise ValueError("https, unless the host is localhost, 127.0.0.1 or [::1]")
    default_port = {"http": ":80", "https": ":443"}[parts.scheme]
    origin = f"{parts.scheme}://{parts.netloc.lower().removesuffix(default_port)}"
    return origin, parts.path.removesuffix("/")


def _listed(value: object) -> object:
    if value == "none":
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _domains(names: tuple[str, ...]) -> tuple[str, ...]:
    from facelogin.emails import parse_domain  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        return tuple(parse_domain(name) for name in names)
    except ValueError as error:
        raise ValueError("domains like local or intranet, separated by commas, or none") from error


def _asked_of_a_face(assurance: Assurance | None) -> Assurance | None:
    if assurance is Assurance.NONE:
        raise ValueError("photo or live")
    return assurance


def _notice_files(value: object) -> object:
    if not isinstance(value, str):
        return value
    files: dict[str, Path] = {}
    for part in value.split(","):
        language, equals, path = (piece.strip() for piece in part.partition("="))
        if not equals or not path or not LANGUAGE_TAG.fullmatch(language) or language in files:
            raise ValueError(
                "a text file for each language, like en=/etc/facelogin/notice.en.md,"
                "de=/etc/facelogin/notice.de.md"
            )
        files[language] = Path(path)
    return files


def _engine_name(value: object) -> object:
    return "dlib" if value == "onnx" else value  # its name before there were several


Origin = Annotated[str, AfterValidator(_origin)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
EngineName = Literal["sface", "dlib", "custom", "reference"]


class Settings(LimitSettings, LiveSettings, IdentificationSettings):
    """The effective settings of one process. Immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    profile: Profile = Profile.DEVELOPMENT
    data_dir: Path = Path("facelogin-data")
    database_url: str | None = Field(default=None, repr=False)
    keyring_file: Path | None = None
    public_url: PublicUrl | None = None
    hsts_include_subdomains: bool = False
    api_docs: bool | None = None
    cors_origins: Annotated[tuple[Origin, ...] | None, NoDecode, BeforeValidator(_listed)] = None
    engine: Annotated[EngineName, BeforeValidator(_engine_name)] = "sface"
    recogniser: RecogniserFile = None
    engines_given_up: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    engine_move: EngineMovePolicy = EngineMovePolicy.KNOWN_DEVICES
    decoder: Literal["isolated", "inline"] | None = None
    weights_dir: Path | None = None
    calibration_file: Path | None = None
    target_fmr: float = Field(default=TARGET_FMR, gt=0, lt=1, allow_inf_nan=False)
    required_assurance: Annotated[Assurance | None, AfterValidator(_asked_of_a_face)] = None
    registration: RegistrationMode | None = None
    consent_required: bool | None = None
    notice_file: Annotated[dict[str, Path] | None, NoDecode, BeforeValidator(_notice_files)] = None
    retention_days: int = Field(default=1095, ge=1, le=36_500)
    audit_retention_days: int | None = Field(default=None, ge=1, le=36_500)
    session_idle_s: int = Field(default=1800, ge=60, le=86_400)
    session_absolute_s: int = Field(default=43_200, ge=60, le=2_592_000)
    session_fresh_s: int = Field(default=300, ge=30, le=3600)
    max_request_bytes: int = Field(default=12 * 1024 * 1024, ge=64 * 1024, le=64 * 1024 * 1024)
    max_megapixels: float = Field(default=16, gt=0, le=100)
    max_jpeg_megapixels: float = Field(default=50, gt=0, le=100)
    email_allow_test_domains: bool = False
    email_private_domains: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_domains)
    ] = ()
    workers: int = Field(default=2, ge=1, le=64)
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)
    metrics_token: str | None = Field(default=None, min_length=32, max_length=1024, repr=False)

    @property
    def effective_database_url(self) -> str:
        """Where the store is: the setting, or an SQLite file in the data folder."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{(self.data_dir / 'facelogin.db').absolute()}"

    @property
    def effective_keyring_file(self) -> Path:
        """Where the key ring is: the setting, or a file in the data folder."""
        return self.keyring_file or self.data_dir / "keyring.json"

    @property
    def effective_decoder(self) -> Literal["isolated", "inline"]:
        """Where pictures are decoded: in production in a process that holds nothing else."""
        return self.decoder or ("isolated" if self.in_production else "inline")

    @property
    def effective_required_assurance(self) -> Assurance:
        """What a login must show: ``photo`` in development, ``live`` in production."""
        if self.required_assurance is not None:
            return self.required_assurance
        return Assurance.LIVE if self.in_production else Assurance.PHOTO

    @property
    def effective_registration(self) -> RegistrationMode:
        """Who may register: anybody in development, nobody in production unless it is set."""
        if self.registration is not None:
            return self.registration
        return RegistrationMode.CLOSED if self.in_production else RegistrationMode.OPEN

    @property
    def effective_consent_required(self) -> bool:
        """Whether registering needs consent to the notice: in production always."""
        return self.in_production or bool(self.consent_required)

    @property
    def effective_cors_origins(self) -> tuple[str, ...]:
        """Other origins that may call the API with credentials: none in production by default."""
        if self.cors_origins is not None:
            return self.cors_origins
        return () if self.in_production else ("http://localhost:3000", "http://127.0.0.1:3000")

    @property
    def effective_email_private_domains(self) -> tuple[str, ...]:
        """Domains of email addresses that are taken although they are no public ones."""
        test = ("test",) if self.email_allow_test_domains else ()
        return (*self.email_private_domains, *test)

    @property
    def effective_api_docs(self) -> bool:
        """Whether /docs and /openapi.json are there: in production only if it is set."""
        return not self.in_production if self.api_docs is None else self.api_docs

    @property
    def measured(self) -> bool:
        """Whether anybody can ask for measures."""
        return self.metrics_port is not None or self.metrics_token is not None

    @property
    def in_production(self) -> bool:
        """Whether this is ``facelogin serve``."""
        return self.profile is Profile.PRODUCTION

    @property
    def secure_cookies(self) -> bool:
        """Whether people reach this server over HTTPS."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def public_origin(self) -> str | None:
        """The origin of ``public_url``, whose pages are ours."""
        return None if self.public_url is None else _parts_of(self.public_url, rule="")[0]

    @property
    def public_path(self) -> str:
        """The path of ``public_url``, like ``/login``; empty if people reach us at the root."""
        return "" if self.public_url is None else _parts_of(self.public_url, rule="")[1]

    @classmethod
    def load(cls, profile: Profile | None = None, **overrides: Any) -> Settings:  # noqa: ANN401
        """Read the settings from the environment; ``profile`` and ``overrides`` win over it.

        Raises ConfigurationError naming every variable that is wrong.
        """
        try:
            settings = cls(**overrides) if profile is None else cls(profile=profile, **overrides)
        except ValidationError as error:
            raise ConfigurationError(_explain(error)) from error
        if settings.in_production:
            _require_production(settings)
        _require_free_threads(settings)
        _require_recogniser(settings)
        return settings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read, in this order: the command line, the environment, secrets' files, ``.env``."""
        given = given_variables(dotenv_settings) | given_variables(env_settings)
        refuse_unknown(given, settings_cls)
        return init_settings, env_settings, SecretFiles(settings_cls, given), dotenv_settings


def masked(settings: Settings) -> Mapping[str, Any]:
    """Return the effective settings by variable name, secrets masked, fit to print."""
    values: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, f"effective_{name}", getattr(settings, name))
        shown = _MASKS[name](value) if name in SECRETS and value is not None else value
        if isinstance(shown, dict):
            shown = tuple(f"{key}={one}" for key, one in shown.items())
        if isinstance(shown, tuple):
            shown = [str(one) for one in shown]
        values[f"{PREFIX}{name.upper()}"] = shown
    return values


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        given = "(hidden)" if name in SECRETS else repr(problem["input"])
        allowed = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
        lines.append(f"{PREFIX}{name.upper()}: got {given}; allowed: {allowed}.")
    return "\n".join(lines)


def _require_production(settings: Settings) -> None:
    missing = []
    if settings.public_url is None:
        missing.append(
            "FACELOGIN_PUBLIC_URL is not set: the https address at which people reach this server, "
            "like https://login.example.org or https://example.org/login."
        )
    if settings.keyring_file is None:
        missing.append(
            "FACELOGIN_KEYRING_FILE is not set: the file with the keys that seal templates. "
            "Make one with `facelogin keys new PATH` and keep a backup of it apart from the store."
        )
    if not settings.notice_file:
        missing.append(
            "FACELOGIN_NOTICE_FILE is not set: the privacy notice that people agree to, in your "
            "own words, like en=/etc/facelogin/notice.en.md. `facelogin notice new PATH` writes "
            "one to fill in."
        )
    if missing:
        raise ConfigurationError("\n".join(missing))


def _require_free_threads(settings: Settings) -> None:
    """Refuse a queue for face work that would hold every thread there is before it is full."""
    jobs = settings.face_jobs_running + settings.face_jobs_waiting
    if settings.threads <= jobs:
        raise ConfigurationError(
            f"FACELOGIN_THREADS: got {settings.threads}; allowed: more than "
            f"FACELOGIN_FACE_JOBS_RUNNING and FACELOGIN_FACE_JOBS_WAITING together ({jobs}), so "
            "that requests without face work get through when these are taken."
        )


def _require_recogniser(settings: Settings) -> None:
    if settings.engine == "custom" and settings.recogniser is None:
        raise ConfigurationError(
            "FACELOGIN_RECOGNISER is not set, and FACELOGIN_ENGINE=custom needs it: your own "
            "recogniser, an ONNX file and its checksum, like "
            "/srv/faces/model.onnx#sha256=<64 hex digits>."
        )
