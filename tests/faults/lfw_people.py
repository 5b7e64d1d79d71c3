"""People of Labeled Faces in the Wild, as each engine sees them, and what decides on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from facelogin.domain.calibration import TARGET_FMR, Calibration
from facelogin.domain.errors import ImageRefused
from facelogin.domain.matching import distance, verify
from facelogin.domain.models import Embedding, EngineRef, Template, User
from facelogin.domain.policy import CapturePolicy
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW
from facelogin.face.model_files import open_model_files
from facelogin.face.recogniser import recogniser_in
from facelogin.services.capture import Probe, embed_with_all
from facelogin.stores.sealed import TemplateSealer
from faces import lfw_dev
from people import NOON, a_user


@dataclass(frozen=True)
class Photo:
    """A picture that is good enough to sign in with."""

    file: Path
    embeddings: Mapping[EngineRef, Embedding] = field(repr=False)

    @cached_property
    def jpeg(self) -> bytes:
        """The picture as it is sent."""
        return self.file.read_bytes()


@dataclass(frozen=True)
class Person:
    """Somebody with an account, the picture that enrolled them, and others of them."""

    username: str
    enrolled: Photo
    others: tuple[Photo, ...]


class Eyes:
    """Both engines that come with facelogin, in this process."""

    def __init__(self) -> None:
        self.engine = OnnxFaceEngine(others=[recogniser_in(open_model_files(), DLIB_ROW)])
        self.sface, self.dlib = self.engine.ref, self.engine.others[0].ref
        self.calibrations: dict[EngineRef, Calibration] = {
            one.ref: one.calibration for one in (self.engine, *self.engine.others)
        }

    def look(self, file: Path) -> Photo | None:
        """Return a picture as both engines see it, None if nobody may sign in with it."""
        seen = self.engine.observe(file.read_bytes())
        try:
            face = CapturePolicy().subject(seen, min_sharpness=self.engine.min_sharpness)
        except ImageRefused:
            return None
        embedded = embed_with_all(self.engine, [(seen, face)])
        return Photo(file, {engine: one for engine, (one,) in embedded.items()})

    def people(self, count: int, *, pictures: int) -> list[Person]:
        """Return so many people who can be enrolled, those with several pictures first.

        Of each at most that many pictures are looked at.
        """
        found: list[Person] = []
        for files in _files_of_people():
            photos = [photo for photo in map(self.look, files[:pictures]) if photo is not None]
            if photos:
                enrolled, *others = photos
                found.append(Person(f"person{len(found)}", enrolled, tuple(others)))
            if len(found) == count:
                return found
        raise AssertionError(f"{len(found)} of these people can be enrolled, not {count}")

    def template_of(self, photo: Photo, engine: EngineRef) -> Template:
        """Return what that one picture becomes at enrolment by that engine."""
        return Probe.fused({engine: [photo.embeddings[engine]]}).as_template(
            calibration=self.calibrations[engine], created_at=NOON
        )


def _files_of_people() -> Iterator[list[Path]]:
    folders = sorted((lfw_dev() / "images").iterdir())
    yield from sorted((sorted(one.glob("*.jpg")) for one in folders), key=len, reverse=True)


class Decisions:
    """What is decided about whom, as computed from embeddings and tables alone."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self.templates: dict[str, dict[EngineRef, Template]] = {}

    def enrol(self, person: Person, engine: EngineRef, sealer: TemplateSealer) -> User:
        """Return that person as a user with one template, and know it from here on."""
        template = self._eyes.template_of(person.enrolled, engine)
        self.templates[person.username] = {engine: template}
        user = a_user(username=person.username)
        return replace(user, template=sealer.seal(template, user_id=user.user_id))

    def learn(self, user: User, sealer: TemplateSealer) -> None:
        """Know the templates that a user has in the store, and no others of theirs."""
        opened = [sealer.unseal(one, user_id=user.user_id) for one in user.templates]
        self.templates[user.username] = {one.engine: one for one in opened}

    def template(self, username: str, default: EngineRef) -> Template:
        """Return the template that decides: the default engine's, or the only one."""
        templates = self.templates[username]
        if default in templates:
            return templates[default]
        (other,) = templates.values()
        return other

    def accepts(self, username: str, photo: Photo, default: EngineRef) -> bool:
        """Return whether that picture signs in under that name."""
        template = self.template(username, default)
        return verify(
            photo.embeddings[template.engine],
            template,
            calibration=self._eyes.calibrations[template.engine],
            target_fmr=TARGET_FMR,
            probe_images=1,
        ).accepted

    def nearest(self, username: str, photos: Sequence[Photo], engine: EngineRef) -> Photo:
        """Return the photo nearest to the template that this engine made of that person."""
        template = self.templates[username][engine]
        return min(photos, key=lambda one: distance(one.embeddings[engine], template.embedding))
