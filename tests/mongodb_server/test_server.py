"""The server that the tests run against keeps MongoDB's promises for a single document."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure, DuplicateKeyError

import mongodb
from mongodb import MongoServer, program_or_skip

pytestmark = pytest.mark.timeout(60, func_only=True)

THREADS = 20
Document = dict[str, Any]


def connect(uri: str, **options: Any) -> MongoClient[Document]:
    return MongoClient(uri, serverSelectionTimeoutMS=10_000, **options)


@pytest.fixture
def things(mongo_uri: str) -> Iterator[Collection[Document]]:
    with connect(mongo_uri) as client:
        yield client.get_default_database()["things"]


def in_parallel(task: Callable[[int], Any], times: int) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(task, range(times)))


def test_every_concurrent_increment_survives(things: Collection[Document]) -> None:
    things.insert_one({"_id": "counter", "count": 0})

    in_parallel(lambda _: things.update_one({"_id": "counter"}, {"$inc": {"count": 1}}), 200)

    assert things.find_one() == {"_id": "counter", "count": 200}


def test_compare_and_set_loses_no_update(things: Collection[Document]) -> None:
    things.insert_one({"_id": "thing", "revision": 0, "by": []})
    deadline = time.monotonic() + 50

    def append(writer: int) -> None:
        for _ in range(5):
            while time.monotonic() < deadline:
                revision = (things.find_one({"_id": "thing"}) or {})["revision"]
                seen = {"_id": "thing", "revision": revision}
                update = {"$set": {"revision": revision + 1}, "$push": {"by": writer}}
                if things.update_one(seen, update).modified_count == 1:
                    break

    in_parallel(append, THREADS)

    thing = things.find_one() or {}
    assert thing["revision"] == 100
    assert Counter(thing["by"]) == dict.fromkeys(range(THREADS), 5)


def test_of_parallel_inserts_of_one_unique_key_one_is_accepted(
    things: Collection[Document],
) -> None:
    things.create_index("username", unique=True)

    def insert(writer: int) -> int | None:
        try:
            things.insert_one({"username": "anna", "writer": writer})
        except DuplicateKeyError as error:
            return error.code
        return None

    assert Counter(in_parallel(insert, THREADS)) == {None: 1, 11000: THREADS - 1}
    assert things.count_documents({}) == 1


def test_parallel_upserts_of_one_key_make_one_document(things: Collection[Document]) -> None:
    update = {"$inc": {"count": 1}}

    in_parallel(lambda _: things.update_one({"_id": "counter"}, update, upsert=True), 100)

    assert list(things.find()) == [{"_id": "counter", "count": 100}]


def test_what_was_acknowledged_survives_a_kill(own_mongo_server: MongoServer) -> None:
    uri = own_mongo_server.uri
    with connect(uri) as client:
        things = client["facelogin"]["things"]
        things.create_index("username", unique=True)
        things.with_options(write_concern=WriteConcern(j=True)).insert_one({"username": "anna"})
        own_mongo_server.kill()
        own_mongo_server.restart()

        assert own_mongo_server.uri == uri
        assert things.count_documents({"username": "anna"}) == 1
        with pytest.raises(DuplicateKeyError):
            things.insert_one({"username": "anna"})


def test_a_stopped_server_is_gone(own_mongo_server: MongoServer) -> None:
    with connect(own_mongo_server.uri) as client:
        client.admin.command("ping")
        started = time.monotonic()
        own_mongo_server.stop()
        assert time.monotonic() - started < 10

    with (
        MongoClient[Document](own_mongo_server.uri, serverSelectionTimeoutMS=100) as client,
        pytest.raises(ConnectionFailure),
    ):
        client.admin.command("ping")


def test_a_client_stuck_halfway_in_a_message_delays_nobody(
    mongo_uri: str, things: Collection[Document]
) -> None:
    with connect(mongo_uri) as client:
        assert client.address is not None
        stuck = socket.create_connection(client.address)
    with stuck:
        stuck.sendall(struct.pack("<iiii", 1000, 1, 0, 2013) + b"half of a")
        things.insert_one({"_id": "while it is connected"})
    things.insert_one({"_id": "after it has gone"})

    assert things.count_documents({}) == 2


def test_a_message_over_48_megabytes_ends_the_connection(mongo_uri: str) -> None:
    with connect(mongo_uri) as client:
        assert client.address is not None
        raw = socket.create_connection(client.address, timeout=10)
    with raw:
        raw.sendall(struct.pack("<iiii", 48_000_001, 1, 0, 2013))
        with suppress(ConnectionResetError):
            assert raw.recv(1) == b""


def test_a_write_without_acknowledgement_gets_no_reply(mongo_uri: str) -> None:
    with connect(mongo_uri, maxPoolSize=1) as client:
        things = client.get_default_database()["things"]
        unacknowledged = things.with_options(write_concern=WriteConcern(w=0))
        for number in range(10):
            unacknowledged.insert_one({"_id": number})

        assert [thing["_id"] for thing in things.find().sort("_id")] == list(range(10))


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python tests/mongodb.py` and the URI it printed."""
    program_or_skip()
    command = [sys.executable, str(Path(mongodb.__file__))]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # one that is killed cannot tidy up
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def wait_until_gone(uri: str) -> None:
    host, port = uri.removeprefix("mongodb://").removesuffix("/facelogin").split(":")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail(f"{uri} still answers")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_run_by_hand_ends_with_its_command(
    foreground: tuple[subprocess.Popen[str], str], how: signal.Signals
) -> None:
    process, uri = foreground
    with connect(uri) as client:
        client.get_default_database()["things"].insert_one({})

    os.kill(process.pid, how)

    assert process.wait(10) == 0
    wait_until_gone(uri)


@pytest.mark.skipif(bool(shutil.which("mongod")), reason="mongod does not watch its starter")
def test_a_server_does_not_outlive_a_starter_that_was_killed(
    foreground: tuple[subprocess.Popen[str], str],
) -> None:
    process, uri = foreground

    process.kill()

    wait_until_gone(uri)
