"""Each fault of the proxy does what its name says, to the message it was meant for."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import (
    AutoReconnect,
    NetworkTimeout,
    NotPrimaryError,
    ServerSelectionTimeoutError,
)

from mongodb_faults import Fault, FaultProxy

pytestmark = pytest.mark.timeout(60, func_only=True)

Document = dict[str, Any]
Things = Collection[Document]


@pytest.fixture
def proxy(mongo_uri: str) -> Iterator[FaultProxy]:
    with FaultProxy(mongo_uri) as proxy:
        yield proxy


@pytest.fixture
def stored(mongo_uri: str) -> Iterator[Things]:
    """The collection as the server has it, past the proxy."""
    with MongoClient[Document](mongo_uri, serverSelectionTimeoutMS=10_000) as client:
        yield client.get_default_database()["things"]


@pytest.fixture
def things(proxy: FaultProxy) -> Iterator[Things]:
    """The collection as a client behind the proxy sees it, which retries no write."""
    with MongoClient[Document](
        proxy.uri, retryWrites=False, socketTimeoutMS=1000, serverSelectionTimeoutMS=10_000
    ) as client:
        yield client.get_default_database()["things"]


def ids(things: Things) -> list[int]:
    return [thing["_id"] for thing in things.find().sort("_id")]


def test_without_a_fault_everything_passes(things: Things, proxy: FaultProxy) -> None:
    things.insert_many({"_id": number} for number in range(300))

    assert ids(things) == list(range(300))
    assert (proxy.seen("insert"), proxy.seen("getMore")) == (1, 1)


def test_a_dropped_request_is_not_executed(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    fault = proxy.inject(Fault.DROP_REQUEST, "insert")

    with pytest.raises(AutoReconnect):
        things.insert_one({"_id": 1})

    assert fault.struck.is_set()
    assert ids(stored) == []


def test_a_dropped_reply_leaves_the_write_there_once(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    proxy.inject(Fault.DROP_REPLY, "insert")

    with pytest.raises(AutoReconnect):
        things.insert_one({"_id": 1})

    assert ids(stored) == [1]
    assert proxy.seen("insert") == 1


def test_a_delayed_request_is_executed_after_the_client_gave_up(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    fault = proxy.inject(Fault.DELAY_REQUEST, "insert")

    with pytest.raises(NetworkTimeout):
        things.insert_one({"_id": 1})
    assert ids(stored) == []

    fault.released.set()
    deadline = time.monotonic() + 10
    while not ids(stored) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ids(stored) == [1]


def test_a_delayed_reply_is_late_though_the_write_is_there(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    proxy.inject(Fault.DELAY_REPLY, "insert")

    with pytest.raises(NetworkTimeout):
        things.insert_one({"_id": 1})

    assert ids(stored) == [1]


def test_a_short_delay_only_takes_its_time(things: Things, proxy: FaultProxy) -> None:
    things.insert_one({"_id": 1})
    proxy.inject(Fault.DELAY_REPLY, "find", delay_s=0.2)
    started = time.monotonic()

    assert ids(things) == [1]

    assert time.monotonic() - started >= 0.2


def test_a_server_that_is_not_primary_refuses_the_next_write(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    proxy.inject(Fault.NOT_PRIMARY)

    assert ids(things) == []
    with pytest.raises(NotPrimaryError) as refused:
        things.update_one({"_id": 1}, {"$set": {"a": 1}}, upsert=True)
    things.insert_one({"_id": 2})

    assert (refused.value.details or {})["code"] == 10107  # type: ignore[call-overload]
    assert ids(stored) == [2]


def test_only_the_nth_message_of_the_named_command_is_struck(
    things: Things, stored: Things, proxy: FaultProxy
) -> None:
    fault = proxy.inject(Fault.DROP_REQUEST, "insert", nth=2)

    things.insert_one({"_id": 1})
    things.update_one({"_id": 1}, {"$set": {"a": 1}})
    assert not fault.struck.is_set()
    with pytest.raises(AutoReconnect):
        things.insert_one({"_id": 2})
    things.insert_one({"_id": 3})

    assert ids(stored) == [1, 3]


def test_a_read_that_fails_once_is_retried_and_twice_is_not(
    things: Things, proxy: FaultProxy
) -> None:
    proxy.inject(Fault.DROP_REPLY, "find")
    assert ids(things) == []
    assert proxy.seen("find") == 2

    proxy.inject(Fault.DROP_REPLY, "find", times=2)
    with pytest.raises(AutoReconnect):
        things.find_one()


def test_a_closed_proxy_is_a_server_out_of_reach(mongo_uri: str) -> None:
    with FaultProxy(mongo_uri) as proxy:
        client = MongoClient[Document](proxy.uri, serverSelectionTimeoutMS=500)
        client.admin.command("ping")

    with client, pytest.raises((AutoReconnect, ServerSelectionTimeoutError)):
        client.admin.command("ping")
