"""What the operator's commands share: the settings and the services on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facelogin.settings import Settings

if TYPE_CHECKING:
    from facelogin.services.wiring import Services


def operator_settings() -> Settings:
    """Return the settings for a command that works on the store beside a server.

    ``FACELOGIN_PROFILE=production`` makes it as strict as ``facelogin serve``.
    """
    return Settings.load()


def operator_services() -> Services:
    """Return the services on the operator's settings."""
    from facelogin.bootstrap import build_services

    return build_services(operator_settings())
