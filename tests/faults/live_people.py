"""Rendered people who sign in live at a running server, in browsers that it knows or not."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.capture_client import CaptureClient
from facelogin.evaluation.pad.casting import cast_photos
from facelogin.evaluation.pad.genuine import rendered_person
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.presentations.browsers import SocketBrowser
from facelogin.evaluation.presentations.presenting import performing
from facelogin.evaluation.presentations.trial_app import RealTime
from faults.lfw_people import Photo

TRIES = 5
"""As often a person begins again if a capture did not pass."""


def portrait_of(photo: Photo, engine: FaceEngine) -> Portrait | None:
    """Return what a head can be rendered from, None if that picture is not good enough for it."""
    bgr = cv2.imread(str(photo.file), cv2.IMREAD_COLOR)
    assert bgr is not None
    rgb = np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8, copy=False)
    return next(cast_photos(engine, [rgb]), None)


@dataclass
class Browser:
    """One browser with its cookies, at one server."""

    url: str
    captures: int = 0
    _socket: SocketBrowser = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._socket = SocketBrowser(self.url)

    def show_photo(self, username: str, photo: Photo) -> int:
        """Sign in with a picture; the status of the answer."""
        image = "data:image/jpeg;base64," + base64.b64encode(photo.jpeg).decode()
        return self._socket.post_json("/login", {"username": username, "image": image})[0]

    def show_live(self, username: str, portrait: Portrait, *, seed: int) -> int:
        """Sign in live as somebody of that face, trying again where a capture did not pass.

        The status of the answer to the sign-in; 0 where no capture passed.
        """
        for number in range(TRIES):
            performer = rendered_person(portrait, np.random.default_rng([seed, number]))
            captured = CaptureClient(self._socket, RealTime().wait).capture(
                performing(performer), purpose="login", username=username
            )
            self.captures += 1
            if captured.outcome == "passed":
                login: Mapping[str, Any] = {
                    "username": username,
                    "challenge_id": captured.challenge_id,
                }
                return self._socket.post_json("/login", login)[0]
        return 0
