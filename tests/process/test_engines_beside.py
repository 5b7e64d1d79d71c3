"""A server whose default engine is another one than that of the templates in its store."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import requests

from faces import image_bytes, image_path, missing
from server_process import ServerProcess

_LIMIT_S = 60


def test_workers_know_the_engines_of_all_templates(tmp_path: Path) -> None:
    if importlib.util.find_spec("face_recognition") is None:
        missing("face_recognition")
    data = tmp_path / "data"
    person = ("--username", "barack", "--email", "barack@example.org")
    subprocess.run(
        [sys.executable, "-m", "facelogin", "enrol", *person, str(image_path("obama.jpg"))],
        cwd=tmp_path,
        env=os.environ | {"FACELOGIN_DATA_DIR": str(data), "FACELOGIN_ENGINE": "reference"},
        timeout=_LIMIT_S,
        check=True,
    )
    with ServerProcess(data, environment={"FACELOGIN_ENGINE": "dlib"}) as server:
        status = [_login(server.url, image) for image in ("obama2.jpg", "biden.jpg")]
    assert status == [200, 401]


def _login(url: str, image: str) -> int:
    answer = requests.post(
        f"{url}/login",
        data={"username": "barack"},
        files={"image": (image, image_bytes(image), "image/jpeg")},
        timeout=_LIMIT_S,
    )
    return answer.status_code
