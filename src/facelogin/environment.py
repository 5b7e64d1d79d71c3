"""Where settings come from: variables, secrets in files, and names that are misspelt."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from facelogin.domain.errors import ConfigurationError
from facelogin.usable_place import why_unreadable

PREFIX = "FACELOGIN_"
SECRETS = frozenset({"database_url", "metrics_token"})
"""The settings that hold a secret and can be given as a file."""

_NOT_SETTINGS = (f"{PREFIX}TEST_", f"{PREFIX}E2E_", f"{PREFIX}API")
"""Variables of the tests and of the web app's tools."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads ``FACELOGIN_<NAME>_FILE`` for the settings that hold a secret."""

    def __init__(self, settings_cls: type[BaseSettings], given: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._given = given

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the base class names it
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Return the content of the setting's file, or None where no file is named."""
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = self._given.get(variable)
        if field_name not in SECRETS or not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            why = why_unreadable(Path(path), error)
            raise ConfigurationError(f"{variable}: {path} can't be read: {why}.") from error

    def __call__(self) -> dict[str, Any]:
        """Return the settings that files give."""
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def given_variables(source: PydanticBaseSettingsSource) -> dict[str, str | None]:
    """Return the ``FACELOGIN_*`` variables that a source of variables holds, names in capitals."""
    if not isinstance(source, EnvSettingsSource):
        return {}
    variables = {name.upper(): value for name, value in source.env_vars.items()}
    return {name: value for name, value in variables.items() if name.startswith(PREFIX)}


def refuse_unknown(given: Mapping[str, object], settings_cls: type[BaseSettings]) -> None:
    """Refuse a misspelt variable: what it was meant to change would silently stay as it is."""
    known = {f"{PREFIX}{name.upper()}" for name in settings_cls.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    unknown = sorted(
        name for name in given if name not in known and not name.startswith(_NOT_SETTINGS)
    )
    if unknown:
        nearest = (get_close_matches(name, known, n=1) for name in unknown)
        raise ConfigurationError(
            "\n".join(
                f"{name} is not a setting." + (f" Is {near[0]} meant?" if near else "")
                for name, near in zip(unknown, nearest, strict=True)
            )
        )
