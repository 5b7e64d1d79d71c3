"""A key rotation told in lines, as it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from facelogin.domain.keys import KeyState, Purpose
from facelogin.services.key_rotation import Begun, Event, Rotated, Waiting
from facelogin.services.rewrapping import Moving

_EVERY_S = 1.0


class RotationTeller:
    """Prints what happens: each step once, the progress of the templates once a second."""

    def __init__(
        self, purpose: Purpose, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._purpose = purpose
        self._monotonic = monotonic
        self._waited_for: tuple[KeyState, tuple[str, ...]] | None = None
        self._told_at_s: float | None = None
        self._last: Moving | None = None

    def tell(self, event: Event) -> None:
        """Print what ``event`` says, if it is new."""
        match event:
            case Begun(kid, resumed):
                begun = "Going on with the rotation to" if resumed else "New key:"
                click.echo(f"{begun} {kid}")
            case Waiting():
                self._tell_waiting(event)
            case Moving():
                self._tell_progress(event)

    def finish(self, rotated: Rotated) -> None:
        """Print the outcome."""
        if self._last is not None and self._last.total:
            click.echo(_progress(self._last))
        retired = ", ".join(rotated.retired) or "no other key"
        click.echo(f"{rotated.kid} is the {self._purpose} key; retired: {retired}.")
        if self._purpose is Purpose.KEK:
            click.echo("Retired keys still open what they sealed, in backups of the store too.")

    def _tell_waiting(self, event: Waiting) -> None:
        news = (event.state, event.behind)
        if news == self._waited_for:
            return
        self._waited_for = news
        if event.behind:
            click.echo(
                f"Waiting for {len(event.behind)} of {event.workers} worker(s) to know it as "
                f"{event.state}: {', '.join(event.behind)}"
            )
        elif event.workers:
            click.echo(f"All {event.workers} worker(s) know it as {event.state}.")
        else:
            click.echo(f"No server reports itself, so nothing waits for {event.state}.")

    def _tell_progress(self, event: Moving) -> None:
        now_s = self._monotonic()
        self._last = event
        if self._told_at_s is None or now_s - self._told_at_s >= _EVERY_S:
            self._told_at_s = now_s
            if event.done < event.total:
                click.echo(_progress(event))


def _progress(event: Moving) -> str:
    told = f"  {event.done:,} of {event.total:,} templates, {event.per_s:,.0f} a second"
    if event.left_s is None or event.done >= event.total:
        return told
    return f"{told}, {event.left_s:,.0f} s left"
