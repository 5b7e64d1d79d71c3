"""Large bodies are read and parsed within what a worker takes in at once (``services.intake``)."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from flask import Flask, current_app, g, request

from facelogin.api.requester import requester_of
from facelogin.services.intake import Intake

_EXTENSION = "facelogin.intake"
_HELD = "held_bodies"


def limit_intake(app: Flask, intake: Intake) -> None:
    """Have bodies counted against ``intake`` until their requests have been answered."""
    app.extensions[_EXTENSION] = intake

    @app.teardown_request
    def _let_go(_: BaseException | None) -> None:
        held: ExitStack | None = g.pop(_HELD, None)
        if held is not None:
            held.close()


def hold_body(size: int) -> None:
    """Count so many bytes that are about to be read. Raises as ``Intake.holding``."""
    if _HELD not in g:
        setattr(g, _HELD, ExitStack())
    held: ExitStack = getattr(g, _HELD)
    held.enter_context(_intake().holding(requester_of(request), size))


def parsing_turn(size: int) -> AbstractContextManager[object]:
    """Return a context in which a body of that size may be parsed. Raises as ``Intake.parsing``."""
    return _intake().parsing(requester_of(request), size)


def _intake() -> Intake:
    found: Intake = current_app.extensions[_EXTENSION]
    return found
