"""What the operator's commands share: the settings and the services on them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from facelogin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facelogin.bootstrap import GalleryUse
    from facelogin.services.wiring import Services


def operator_settings() -> Settings:
    """Return the settings for a command that works on the store beside a server.

    ``FACELOGIN_PROFILE=production`` makes it as strict as ``facelogin serve``.
    """
    return Settings.load()


@contextmanager
def operator_services(
    *, gallery: GalleryUse | None = None, any_keyring: bool = False
) -> Iterator[Services]:
    """Lend the services on the operator's settings; the store is closed afterwards.

    With ``gallery`` people can be searched for or compared, whatever the settings say. Templates of
    an engine that can't run here keep nobody from looking after accounts and keys. ``any_keyring``
    takes a key ring that is not the one of the store.
    """
    from facelogin.bootstrap import build_services

    services = build_services(
        operator_settings(),
        gallery=gallery,
        every_engine=False,
        any_keyring=any_keyring,
    )
    try:
        yield services
    finally:
        services.close()
