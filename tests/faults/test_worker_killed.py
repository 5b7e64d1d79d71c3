"""A worker is killed in the middle of face work: its guesses stay counted, the others go on."""

from __future__ import annotations

import io
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import requests
from PIL import Image

from faces import image_rgb
from faults.conftest import Place, has_ended
from faults.people_online import LIMIT_S, answers, log_in, register, until
from server_process import ServerProcess

GUESSES = 6
METRICS_TOKEN = "0123456789abcdef" * 4


def large_picture() -> bytes:
    """A face that takes a while: many pixels, most of them far from any face."""
    large = np.zeros((3600, 4400, 3), np.uint8)
    face = image_rgb("biden.jpg")
    large[: face.shape[0], : face.shape[1]] = face
    encoded = io.BytesIO()
    Image.fromarray(large).save(encoded, "JPEG")
    return encoded.getvalue()


def guess(url: str, image: bytes) -> int | None:
    """The status of a login with that picture; None where the connection ended without one."""
    try:
        return requests.post(
            f"{url}/login", data={"username": "ada"}, files={"image": image}, timeout=30
        ).status_code
    except requests.ConnectionError:
        return None


def counted(place: Place) -> int:
    """How many failures of the one network that there is the store has counted."""
    question = "SELECT state FROM budgets WHERE key LIKE 'failures:%'"
    with closing(sqlite3.connect(f"file:{place.file}?mode=ro", uri=True)) as connection:
        states = [json.loads(state) for (state,) in connection.execute(question)]
    return sum(count for state in states for _, count in state["slots"])


def replaced(server: ServerProcess, victim: int) -> bool:
    """Whether another worker has taken that one's place, and requests are answered."""
    alive = {worker.pid for worker in server.workers}
    return len(alive) == 2 and victim not in alive and answers(server.url, "/readyz", 200)


def test_guesses_of_a_killed_worker_stay_counted_and_the_others_are_served(place: Place) -> None:
    image = large_picture()
    # Decoded inline: the other way a picture has two seconds, which may be short on a busy machine.
    limits = {"NETWORK_FAILURES": str(GUESSES), "FACE_JOBS_RUNNING": "1", "DECODER": "inline"}
    with place.server(METRICS_TOKEN=METRICS_TOKEN, **limits) as server:
        assert register(server.url, "ada").status_code == 201
        assert log_in(server.url, "ada").status_code == 200
        victim, other = server.workers
        with ThreadPoolExecutor(GUESSES) as pool:
            guesses = [pool.submit(guess, server.url, image) for _ in range(GUESSES)]
            until(lambda: counted(place) == GUESSES)
            victim.kill()
            statuses = {one.result() for one in guesses}
        assert statuses <= {None, 401}  # the killed worker's, and the other's
        until(lambda: replaced(server, victim.pid))
        assert other in server.workers

        assert counted(place) == GUESSES
        assert (
            log_in(server.url, "ada").status_code == 429
        )  # no guess is left, not even a right one
        assert requests.get(f"{server.url}/config", timeout=LIMIT_S).status_code == 200
        told = requests.get(
            f"{server.url}/metrics",
            headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
            timeout=LIMIT_S,
        )
        assert told.status_code == 200
        jobs = [line for line in told.text.splitlines() if line.startswith("facelogin_face_jobs{")]
        assert jobs
        assert all(line.endswith(" 0.0") for line in jobs)  # none of the dead one's


def test_both_workers_killed_at_once_in_the_middle_of_work_are_replaced(place: Place) -> None:
    image = large_picture()
    with place.server(FACE_JOBS_RUNNING="1") as server:
        assert register(server.url, "ada").status_code == 201
        before = server.workers
        decoders = [child for worker in before for child in worker.children()]
        with ThreadPoolExecutor(GUESSES) as pool:
            guesses = [pool.submit(guess, server.url, image) for _ in range(GUESSES)]
            until(lambda: counted(place) == GUESSES)
            for worker in before:
                worker.kill()
            statuses = {one.result() for one in guesses}
        assert None in statuses  # the kill did meet work
        assert len(decoders) == len(before)
        until(lambda: all(has_ended(one) for one in decoders))
        until(lambda: replaced(server, before[0].pid) and replaced(server, before[1].pid))
        assert counted(place) == GUESSES
        assert log_in(server.url, "ada").status_code == 200
