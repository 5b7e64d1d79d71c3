"""FACELOGIN_ENGINE=custom with a real network: calibrated, served, and beside another engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

import faces
import mobilefacenet
from apps import b64, refused
from custom_models import blind_to_skin, borrowed_table, brought, pinned
from facelogin import Profile, Settings, create_app
from facelogin.cli import main
from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError, EngineUnavailable

CONFIGURATION = 3
TARGET_FMR = 1e-3
"""The lowest rate that the pictures below have enough pairs for, with every number of images."""
_PICTURES = range(5, 11)
"""Of so many pictures of a person, the first ten at most: 93 people, enough to fit a table to."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> CustomModel:
    """MobileFaceNet and its description in a folder, as an operator would bring them."""
    path = tmp_path_factory.mktemp("own") / "net.onnx"
    path.write_bytes(mobilefacenet.onnx_file().read_bytes())
    path.with_suffix(".toml").write_text(mobilefacenet.DESCRIPTION)
    return pinned(path)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links to some 850 pictures of Labeled Faces in the Wild, a folder for each person."""
    folder = tmp_path_factory.mktemp("people")
    for person in sorted((faces.lfw_dev() / "images").iterdir()):
        pictures = sorted(person.glob("*.jpg"))
        if len(pictures) >= _PICTURES.start:
            (folder / person.name).mkdir()
            for picture in pictures[: _PICTURES.stop - 1]:
                (folder / person.name / picture.name).symlink_to(picture)
    return folder


@pytest.fixture(scope="module")
def table(own: CustomModel, people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``facelogin evaluate calibrate`` writes for this network."""
    out = tmp_path_factory.mktemp("table")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(out)
        done = facelogin("evaluate", "calibrate", people, "--out", out, "--splits", "20", own=own)
    assert done.exit_code == 0, done.output
    return out / "custom-mobilefacenet.json"


def facelogin(*arguments: str | Path, own: CustomModel, **settings: str) -> Any:
    given = {"ENGINE": "custom", "RECOGNISER": str(own)} | settings
    environment = {f"FACELOGIN_{name}": value for name, value in given.items()}
    return CliRunner().invoke(main, [*map(str, arguments)], env=environment)


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[FlaskClient]:
    given = {"data_dir": folder, "target_fmr": TARGET_FMR, "_env_file": None} | settings
    app = create_app(Settings.load(Profile.DEVELOPMENT, **given))
    try:
        yield app.test_client()
    finally:
        app.extensions["facelogin"].close()


def register(client: FlaskClient, name: str, picture: str) -> int:
    image = b64(faces.image_bytes(picture))
    body = {"username": name, "email": f"{name}@example.org", "image": image}
    return client.post("/register", json=body).status_code


def login(client: FlaskClient, name: str, picture: str) -> Any:
    return client.post("/login", json={"username": name, "image": b64(faces.image_bytes(picture))})


def test_people_sign_in_with_a_brought_network(
    own: CustomModel, table: Path, tmp_path: Path
) -> None:
    with served(tmp_path, engine="custom", recogniser=own, calibration_file=table) as client:
        assert register(client, "barack", "obama.jpg") == 201
        assert login(client, "barack", "obama2.jpg").status_code == 200
        assert login(client, "barack", "obama3.jpg").status_code == 200
        refused(login(client, "barack", "biden.jpg"), 401, "not_recognised")


def test_without_a_table_nothing_starts(own: CustomModel, tmp_path: Path) -> None:
    told = r"custom-mobilefacenet has no table of thresholds.*`facelogin evaluate calibrate`"
    with (
        pytest.raises(ConfigurationError, match=told),
        served(tmp_path, engine="custom", recogniser=own),
    ):
        pass
    for command in (("run", "--port", "0"), ("users", "list")):
        done = facelogin(*command, own=own, DATA_DIR=str(tmp_path))
        assert done.exit_code == CONFIGURATION
        assert "facelogin evaluate calibrate" in done.stderr


def test_a_table_does_not_judge_a_changed_network(
    own: CustomModel, table: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "net.onnx"
    changed.write_bytes(own.path.read_bytes())
    changed.with_suffix(".toml").write_text(
        mobilefacenet.DESCRIPTION.replace('colours = "rgb"', 'colours = "bgr"')
    )
    given = {"CALIBRATION_FILE": str(table), "DATA_DIR": str(tmp_path)}
    done = facelogin("run", "--port", "0", own=pinned(changed), **given)
    assert done.exit_code == CONFIGURATION
    assert "are for engine custom-mobilefacenet" in done.stderr


def test_its_people_sign_in_beside_another_engine(
    own: CustomModel, table: Path, tmp_path: Path
) -> None:
    with served(tmp_path, engine="custom", recogniser=own, calibration_file=table) as client:
        assert register(client, "barack", "obama.jpg") == 201
    described = brought_with_table(own, table, tmp_path / "beside")
    with served(tmp_path, engine="dlib", recogniser=described) as client:
        assert register(client, "joe", "biden.jpg") == 201
        assert login(client, "barack", "obama2.jpg").status_code == 200
        assert login(client, "joe", "biden.jpg").status_code == 200
        refused(login(client, "barack", "biden.jpg"), 401, "not_recognised")
        refused(login(client, "joe", "obama2.jpg"), 401, "not_recognised")


def test_its_people_stop_the_start_without_it(
    own: CustomModel, table: Path, tmp_path: Path
) -> None:
    with served(tmp_path, engine="custom", recogniser=own, calibration_file=table) as client:
        assert register(client, "barack", "obama.jpg") == 201
    with pytest.raises(EngineUnavailable, match="FACELOGIN_RECOGNISER"), served(tmp_path):
        pass
    done = facelogin(
        *("run", "--port", "0"), own=own, ENGINE="dlib", DATA_DIR=str(tmp_path), TARGET_FMR="1e-3"
    )
    assert done.exit_code == CONFIGURATION
    assert "custom-mobilefacenet has no table of thresholds" in done.stderr


def test_a_face_that_it_makes_nothing_of_is_refused(tmp_path: Path) -> None:
    """The network is well with the pictures that it is tried with, and with no person."""
    blind = brought(tmp_path / "blind.onnx", blind_to_skin())
    table = borrowed_table(blind, tmp_path / "blind.json")
    with served(tmp_path, engine="custom", recogniser=blind, calibration_file=table) as client:
        image = b64(faces.image_bytes("obama.jpg"))
        body = {"username": "barack", "email": "barack@example.org", "image": image}
        refused(client.post("/register", json=body), 422, "image_unreadable")
        refused(login(client, "barack", "obama.jpg"), 422, "image_unreadable")
        assert client.get("/healthz").status_code == 200


def brought_with_table(own: CustomModel, table: Path, folder: Path) -> CustomModel:
    """The same network in another folder, its table named in its description."""
    folder.mkdir()
    path = folder / "net.onnx"
    path.write_bytes(own.path.read_bytes())
    named = mobilefacenet.DESCRIPTION + f'calibration = "{table.name}"\n'
    path.with_suffix(".toml").write_text(named)
    (folder / table.name).write_bytes(table.read_bytes())
    return pinned(path)
