"""``facelogin run`` and ``serve``: what is said at the start, and what keeps them from starting."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner

from facelogin.cli import main
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from people import a_template, a_user
from server_process import production

CONFIGURATION = 3


class QuickServer:
    """Says that it is ready and ends; ``addresses`` are those it was told."""

    addresses: ClassVar[list[str | None]] = []

    def __init__(self, *_: Any, when_ready: Callable[[], None], **more: Any) -> None:
        self._when_ready = when_ready
        self.addresses.append(more.get("address"))

    def run(self) -> None:
        self._when_ready()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[QuickServer]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("facelogin.server.Server", QuickServer)
    monkeypatch.setattr(QuickServer, "addresses", [])
    return QuickServer


def enrolled_under(ring: Path, database_url: str) -> None:
    """Make a store of an older version, with one person whose template this ring sealed."""
    store, user = open_store(database_url), a_user()
    sealer = TemplateSealer(KeyRing.load(ring), store.installation_id)
    store.users.create(replace(user, template=sealer.seal(a_template(), user_id=user.user_id)))
    store.close()


def test_a_taken_port_is_named_where_another_is_chosen(
    quick: type[QuickServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("facelogin.cli.serving._DEFAULT_PORT", port)

        ran = CliRunner().invoke(main, ["run"], catch_exceptions=False)

    (address,) = quick.addresses
    assert ran.exit_code == 0, ran.output
    assert f"runs at {address} " in ran.stdout
    assert f"because {port} is in use" in ran.stdout


def test_a_taken_port_for_measures_names_the_setting(
    quick: type[QuickServer], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {"FACELOGIN_METRICS_PORT": str(taken.getsockname()[1])}

        refused = CliRunner().invoke(main, ["run", "--port", "0"], env=environment)

    assert refused.exit_code == CONFIGURATION
    assert "Choose another with FACELOGIN_METRICS_PORT." in refused.stderr


@pytest.mark.parametrize("kind", ["sqlite", "mongo"])
def test_serve_does_not_start_beside_a_store_of_another_key_ring(
    quick: type[QuickServer], tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    uri = f"sqlite:///{tmp_path}/f.db" if kind == "sqlite" else request.getfixturevalue("mongo_uri")
    engine = a_template().engine.id
    settings = production(tmp_path, DATABASE_URL=uri, ENGINES_GIVEN_UP=engine)
    create_keyring(tmp_path / "true-ring.json")
    enrolled_under(tmp_path / "true-ring.json", uri)
    command = ["serve", "--port", "0"]

    refused = CliRunner().invoke(main, command, env=settings)

    assert refused.exit_code == CONFIGURATION
    assert settings["FACELOGIN_KEYRING_FILE"] in refused.stderr
    assert open_store(uri).describe() in refused.stderr
    right = settings | {"FACELOGIN_KEYRING_FILE": str(tmp_path / "true-ring.json")}
    assert CliRunner().invoke(main, command, env=right, catch_exceptions=False).exit_code == 0
    assert CliRunner().invoke(main, command, env=settings).exit_code == CONFIGURATION


@pytest.mark.parametrize("kind", ["sqlite", "mongo"])
def test_run_makes_no_new_ring_beside_a_store_with_people(
    quick: type[QuickServer], tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    uri = f"sqlite:///{tmp_path}/f.db" if kind == "sqlite" else request.getfixturevalue("mongo_uri")
    create_keyring(tmp_path / "true-ring.json")
    enrolled_under(tmp_path / "true-ring.json", uri)

    refused = CliRunner().invoke(main, ["run"], env={"FACELOGIN_DATABASE_URL": uri})

    assert refused.exit_code == CONFIGURATION
    assert "so none is made" in refused.stderr
    assert not (tmp_path / "facelogin-data" / "keyring.json").exists()
