"""What the project ships for deployment parses and names only things that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from facelogin.settings import Settings
from nginx import documented_samples

PROJECT = Path(__file__).parents[2]
VARIABLES = {f"FACELOGIN_{name.upper()}" for name in Settings.model_fields}
INSTRUCTIONS = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "EXPOSE", "HEALTHCHECK", "CMD"}


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    return parsed


def dockerfile_instructions() -> list[tuple[str, str]]:
    text = (PROJECT / "Dockerfile").read_text()
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_compose_runs_three_members_and_workers_that_wait_for_them() -> None:
    services = compose()["services"]
    members = {name for name in services if re.fullmatch(r"mongo-\d", name)}
    assert len(members) == 3
    assert set(services["mongo-init"]["depends_on"]) == members
    url = services["facelogin"]["environment"]["FACELOGIN_DATABASE_URL"]
    assert all(member in url for member in members)
    assert "replicaSet=facelogin" in url
    assert "mongo-init" in services["facelogin"]["depends_on"]


def test_compose_publishes_on_loopback_only() -> None:
    assert all(
        port.startswith("127.0.0.1:") for port in compose()["services"]["facelogin"]["ports"]
    )


def test_compose_sets_what_serve_requires_and_nothing_unknown() -> None:
    environment = set(compose()["services"]["facelogin"]["environment"])
    assert environment <= VARIABLES
    required = {"FACELOGIN_PUBLIC_URL", "FACELOGIN_KEYRING_FILE", "FACELOGIN_NOTICE_FILE"}
    assert required <= environment


def test_the_image_runs_serve_as_an_ordinary_user_on_locked_dependencies() -> None:
    instructions = dockerfile_instructions()
    assert {name for name, _ in instructions} <= INSTRUCTIONS
    by_name = dict(instructions)
    assert by_name["USER"] == "facelogin"
    assert '"facelogin", "serve"' in by_name["CMD"]
    assert any("--require-hashes" in words for name, words in instructions if name == "RUN")


def test_the_readme_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"FACELOGIN_[A-Z_]*[A-Z]", (PROJECT / "README.md").read_text()))
    assert named <= VARIABLES
    assert {name for name in VARIABLES if name not in named} == {
        "FACELOGIN_SESSION_ABSOLUTE_S",  # these two stand shortened beside their neighbour
        "FACELOGIN_SESSION_FRESH_S",
    }


def test_lock_files_name_no_registry() -> None:
    for lock in PROJECT.glob("requirements*.txt"):
        assert "://" not in lock.read_text(), lock.name
    assert (
        '"resolved"'
        not in (PROJECT / "tests" / "weights" / "tfjs" / "package-lock.json").read_text()
    )


def test_nginx_lets_through_as_much_as_the_server() -> None:
    sizes = [re.findall(r"client_max_body_size (\d+)m;", one) for one in documented_samples()]
    most = Settings.model_fields["max_request_bytes"].default
    assert sizes
    assert {int(size) * 1024 * 1024 for (size,) in sizes} == {most}
