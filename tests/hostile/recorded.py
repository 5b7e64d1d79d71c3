"""A right request for every address and method, real faces in it, made anew for each use."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageOps

from apps import b64
from doubles import HandClock
from facelogin import Profile, Settings, bootstrap
from facelogin.api.cookies import CaptureCookie, DeviceCookie, SessionCookie
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import FaceEngine
from facelogin.domain.requester import Device
from facelogin.services.wiring import Services
from faces import image_bytes
from hostile.wsgi import Part, Sent, send

METRICS_TOKEN = "an-operators-token-of-32-letters-"
SESSION = SessionCookie(secure=False).name
CAPTURE = CaptureCookie(secure=False).name
DEVICE = DeviceCookie(secure=False, max_age=timedelta(days=1)).name
_PHOTO_PX = (320, 400)
_FRAME_PX, _HEAD = (360, 360), (150, 100, 770, 720)
_BETWEEN_REQUESTS = timedelta(hours=1)
"""So long that no limit on a network or a wait of an account is left from earlier ones."""


@dataclass
class World:
    """An application on the real engine, the people in it, and a clock that is moved by hand."""

    app: Flask
    clock: HandClock
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def services(self) -> Services:
        found: Services = self.app.extensions["facelogin"]
        return found

    def person(self, username: str = "ana", photo: str = "obama.jpg") -> User:
        """Somebody who is registered, again if they were erased or are called otherwise by now."""
        users = self.services.store.users
        if (found := users.find_by_username(username)) is not None:
            return found
        email = f"{username}.{next(self.numbers)}@example.com"
        body = {"username": username, "email": email, "image": b64(portrait(photo, _PHOTO_PX))}
        answer = send(self.app, Sent("POST", "/register", content=body))
        assert answer.status == 201, answer.body
        found = users.find_by_username(username)
        assert found is not None
        return found

    def cookies(self) -> tuple[tuple[str, str], ...]:
        """Those of a browser in which ana has just signed in."""
        user = self.person()
        issued = self.services.sessions.issue(user, amr=("face",), assurance=Assurance.PHOTO)
        device = self.services.devices.issue(Device("laptop", (user.user_id,)))
        return ((SESSION, issued.token), (DEVICE, device))

    def login(self) -> dict[str, Any]:
        self.person()
        return {"username": "ana", "image": b64(portrait("obama2.jpg", _PHOTO_PX))}

    def newcomer(self) -> dict[str, str]:
        name = f"new{next(self.numbers)}"
        consent = self.services.notice.version
        return {"username": name, "email": f"{name}@example.com", "consent": consent}

    def frames(self, count: int = 6) -> list[bytes]:
        """Frames that were never sent before: a comment tells each from all others."""
        still = close_up("obama.jpg")
        return [_marked(still, f"{next(self.numbers)}") for _ in range(count)]

    def challenge(self, **asked: object) -> tuple[dict[str, Any], str]:
        """An open live capture and its cookie."""
        self.person()
        wanted = {"purpose": "login", "username": "ana"} | asked
        answer = send(self.app, Sent("POST", "/challenges", content=wanted))
        assert answer.status == 201, answer.body
        return answer.told, answer.cookies[CAPTURE]

    def step(self) -> Sent:
        """The first step of a live capture, answered."""
        begun, cookie = self.challenge()
        return self._answered(begun["challenge_id"], begun["nonce"], begun["step"], cookie, 0)

    def turn(self) -> Sent:
        """The step after it: a turn, or the first once more."""
        begun, cookie = self.challenge()
        place = (begun["challenge_id"], begun["nonce"])
        answer = send(self.app, self._answered(*place, begun["step"], cookie, 0))
        step = answer.told.get("step", begun["step"])
        return self._answered(*place, step, cookie, 20)

    def _answered(
        self, challenge_id: str, nonce: str, step: Mapping[str, Any], cookie: str, first: int
    ) -> Sent:
        self.clock.moment += timedelta(seconds=2)
        frames = self.frames()
        described = [
            {
                "seq": first + number,
                "t_ms": 200 * (1 + number),
                "sha256": hashlib.sha256(frame).hexdigest(),
            }
            for number, frame in enumerate(frames)
        ]
        meta = json.dumps({"nonce": nonce, "frames": described}).encode()
        parts = [Part(f"frame-{first + n}", frame, "f.jpg") for n, frame in enumerate(frames)]
        path = f"/challenges/{challenge_id}/steps/{step['n']}"
        return Sent(
            "POST", path, content=(Part("meta", meta), *parts), cookies=((CAPTURE, cookie),)
        )


@contextmanager
def world(folder: Path, engine: FaceEngine, database_url: str) -> Iterator[World]:
    """Make an application whose limits are so wide that every request is looked at."""
    clock = HandClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_engine", lambda *_, **__: engine)
        patch.setattr(bootstrap, "SystemClock", lambda: clock)
        settings = Settings.load(
            Profile.DEVELOPMENT,
            data_dir=folder,
            database_url=database_url,
            account_failures=100,
            account_longest_wait_s=1,
            account_first_wait_s=1,
            metrics_token=METRICS_TOKEN,
            identification="on",
            identification_rates="provisional",
            target_fpir=0.2,
            flash=True,
            _env_file=None,
        )
        app = bootstrap.create_app(settings)
    try:
        yield World(app, clock)
    finally:
        app.extensions["facelogin"].close()


def rest(shown: World) -> None:
    """Let time pass, so that what came before limits nothing that comes."""
    shown.clock.moment += _BETWEEN_REQUESTS


Make = Callable[[World], Sent]


def _signed_in(method: str, path: str, content: Any = None, query: str = "") -> Make:
    def make(shown: World) -> Sent:
        made = content(shown) if callable(content) else content
        return Sent(method, path, query, cookies=shown.cookies(), content=made)

    return make


def _plain(method: str, path: str, content: Any = None, query: str = "") -> Make:
    def make(shown: World) -> Sent:
        made = content(shown) if callable(content) else content
        return Sent(method, path, query, content=made)

    return make


def _own_session(shown: World) -> Sent:
    cookies = shown.cookies()
    listed = send(shown.app, Sent("GET", "/account/sessions", cookies=cookies)).told["sessions"]
    return Sent("DELETE", f"/account/sessions/{listed[-1]['session_id']}", cookies=cookies)


def _photo(name: str = "obama2.jpg") -> Callable[[World], dict[str, Any]]:
    return lambda _: {"image": b64(portrait(name, _PHOTO_PX))}


def _photos(*names: str) -> Callable[[World], dict[str, Any]]:
    return lambda _: {"images": [b64(portrait(name, _PHOTO_PX)) for name in names]}


def _form(fields: Callable[[World], Mapping[str, str]], *photos: str) -> Callable[[World], Any]:
    """A form with these fields; one photo is ``image``, several are ``images``."""
    name = "image" if len(photos) == 1 else "images"
    return lambda shown: (
        *(Part(key, value.encode()) for key, value in fields(shown).items()),
        *(Part(name, portrait(photo, _PHOTO_PX), "me.jpg") for photo in photos),
    )


def _registration(shown: World) -> dict[str, Any]:
    return shown.newcomer() | {"image": b64(portrait("biden.jpg", _PHOTO_PX))}


def _renamed(shown: World) -> dict[str, Any]:
    newcomer = shown.newcomer()
    return {"username": newcomer["username"], "email": newcomer["email"]}


RECORDED: Mapping[str, Sequence[Make]] = {
    "POST /register": (
        _plain("POST", "/register", _registration),
        _plain("POST", "/register", _form(World.newcomer, "biden.jpg")),
        _plain("POST", "/register", _form(World.newcomer, "biden.jpg", "biden.jpg")),
    ),
    "POST /register/check": (_plain("POST", "/register/check", World.newcomer),),
    "POST /csp-reports": (
        _plain(
            "POST",
            "/csp-reports",
            {"csp-report": {"effective-directive": "img-src", "blocked-uri": "data"}},
        ),
    ),
    "POST /login": (
        _plain("POST", "/login", World.login),
        _plain("POST", "/login", _form(lambda _: {"username": "ana"}, "obama2.jpg")),
        _plain("POST", "/login", _form(lambda _: {"username": "ana"}, "obama.jpg", "obama2.jpg")),
        _plain("POST", "/login", _photo()),
    ),
    "POST /login/recovery": (
        _plain(
            "POST",
            "/login/recovery",
            {"username": "ana", "recovery_code": "7M2K-QX9D-0V4T-HB6E"},
        ),
    ),
    "POST /logout": (_signed_in("POST", "/logout"),),
    "GET /session": (_signed_in("GET", "/session", query="optional=true"),),
    "POST /session/step-up": (
        _signed_in("POST", "/session/step-up", _photo()),
        _signed_in("POST", "/session/step-up", _form(lambda _: {}, "obama.jpg", "obama2.jpg")),
    ),
    "POST /challenges": (
        _plain("POST", "/challenges", {"purpose": "login", "username": "ana", "flash": True}),
        _plain("POST", "/challenges", lambda shown: shown.newcomer() | {"purpose": "register"}),
        _signed_in("POST", "/challenges", {"purpose": "step_up", "longer_time": True}),
    ),
    "POST /challenges/{challenge_id}/steps/{n}": (World.step, World.step, World.turn),
    "GET /greeting": (_signed_in("GET", "/greeting", query="user_id=x"),),
    "GET /account": (_signed_in("GET", "/account"),),
    "PATCH /account": (_signed_in("PATCH", "/account", _renamed),),
    "DELETE /account": (_signed_in("DELETE", "/account"),),
    "POST /account/face": (_signed_in("POST", "/account/face", _photo("obama.jpg")),),
    "POST /account/consent": (
        _signed_in(
            "POST",
            "/account/consent",
            lambda shown: {"consent": shown.services.notice.version},
        ),
    ),
    "POST /account/recovery-codes": (_signed_in("POST", "/account/recovery-codes"),),
    "GET /account/sessions": (_signed_in("GET", "/account/sessions"),),
    "DELETE /account/sessions": (
        _signed_in("DELETE", "/account/sessions", query="including_this=false"),
    ),
    "DELETE /account/sessions/{session_id}": (_own_session,),
    "GET /account/activity": (_signed_in("GET", "/account/activity"),),
    "GET /account/export": (_signed_in("GET", "/account/export"),),
    "GET /config": (_plain("GET", "/config"),),
    "GET /notice": (_plain("GET", "/notice", query="lang=de"),),
    "GET /healthz": (_plain("GET", "/healthz"),),
    "GET /readyz": (_plain("GET", "/readyz"),),
    "GET /metrics": (
        lambda _: Sent(
            "GET", "/metrics", headers=(("Authorization", f"Bearer {METRICS_TOKEN}".encode()),)
        ),
    ),
    "GET /docs": (_plain("GET", "/docs"),),
    "GET /docs/static/{filename}": (_plain("GET", "/docs/static/docs.css"),),
    "GET /openapi.json": (_plain("GET", "/openapi.json"),),
    "GET /": (lambda _: Sent("GET", "/", headers=(("Accept", b"text/html"),)),),
}
"""By the method and the address as the OpenAPI document writes it."""

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(app: Flask) -> Mapping[str, Sequence[Make]]:
    """Right requests for everything that an application answers to.

    An address without one of its own is asked for by somebody who is signed in.
    """
    found: dict[str, Sequence[Make]] = {}
    for rule in app.url_map.iter_rules():
        path = _VARIABLE.sub(r"{\1}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            label, address = f"{method} {path}", _VARIABLE.sub("x", rule.rule)
            body: dict[str, Any] | None = None if method in {"GET", "DELETE"} else {}
            found[label] = RECORDED.get(label, (_signed_in(method, address, body),))
    return found


@cache
def portrait(name: str, size: tuple[int, int]) -> bytes:
    """A portrait, small so that thousands of them are looked at in little time."""
    picture = Image.open(io.BytesIO(image_bytes(name))).convert("RGB")
    out = io.BytesIO()
    ImageOps.fit(picture, size, centering=(0.5, 0.2)).save(out, "JPEG", quality=92)
    return out.getvalue()


@cache
def close_up(name: str) -> bytes:
    """A frame of somebody at the distance that a live capture asks for."""
    picture = Image.open(io.BytesIO(image_bytes(name))).convert("RGB")
    out = io.BytesIO()
    picture.crop(_HEAD).resize(_FRAME_PX).save(out, "JPEG", quality=92)
    return out.getvalue()


def _marked(jpeg: bytes, text: str) -> bytes:
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment + jpeg[2:]
