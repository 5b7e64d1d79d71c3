"""What the project ships for deployment parses and names only things that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from facelogin.settings import Settings
from nginx import documented_samples

PROJECT = Path(__file__).parents[2]
VARIABLES = {f"FACELOGIN_{name.upper()}" for name in Settings.model_fields}
INSTRUCTIONS = {
    *("FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE"),
    *("STOPSIGNAL", "HEALTHCHECK", "CMD"),
}
MIB = 1024 * 1024
COMPOSE_FILES = ["compose.yaml", "compose.sqlite.yaml"]
DATA = "/var/lib/facelogin"
GRACEFUL_S = 30
NOT_FOR_AN_IMAGE = [
    *("web/node_modules/react/index.js", "web/test-results/runs/trace.zip", "web/src/app.tsx"),
    *(
        ".git/HEAD",
        ".venv/bin/python",
        ".cache/test-images/obama.jpg",
        ".cache/nginx/usr/sbin/nginx",
    ),
    *(
        ".mypy_cache/3.11/x.json",
        ".pytest_cache/v/x",
        ".hypothesis/x",
        ".env",
        "src/facelogin/x.py",
    ),
    *("facelogin-data/facelogin.db", "keys/keyring.json", "keyring.json", "notice.en.md"),
    *("dist/facelogin-0.1.0.tar.gz", "dist/other.whl", "tests/faces.py", "build/lib/x.py"),
    *("docs/landing.png", "backup.db", "node_modules/x.js", "a new folder/video.mp4"),
]


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((PROJECT / name).read_text())
    return parsed


def facelogin_in(name: str) -> dict[str, Any]:
    service: dict[str, Any] = compose(name)["services"]["facelogin"]
    return service


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


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_publishes_on_loopback_only(file: str) -> None:
    for service in compose(file)["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_trusts_the_proxy_of_its_machine(file: str) -> None:
    """What comes in through a published port has the address of the network's gateway."""
    given = facelogin_in(file)["environment"]["FACELOGIN_TRUSTED_PROXIES"]
    trusted = re.fullmatch(r"\$\{FACELOGIN_TRUSTED_PROXIES:-([\d.]+)\}", given)
    (network,) = compose(file)["networks"]["default"]["ipam"]["config"]
    assert trusted
    assert trusted[1] == network["gateway"]
    assert ip_address(network["gateway"]) in ip_network(network["subnet"])


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_mounts_the_folder_of_the_key_ring(file: str) -> None:
    """A rotation replaces the file, which a file that is mounted by itself does not allow."""
    service = facelogin_in(file)
    assert "secrets" not in service
    keyring = PurePosixPath(service["environment"]["FACELOGIN_KEYRING_FILE"])
    mounted = [volume.split(":") for volume in service["volumes"]]
    assert [rest for _, target, *rest in mounted if target == str(keyring.parent)] == [[]]
    assert str(keyring) not in {target for _, target, *_ in mounted}


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_every_container_has_no_more_than_it_needs(file: str) -> None:
    for service in compose(file)["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
        assert service["pids_limit"]
        assert any(one.startswith("/tmp") for one in service["tmpfs"])  # noqa: S108


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_a_stop_waits_for_requests_under_way(file: str) -> None:
    grace = re.match(r"(\d+)s", facelogin_in(file)["stop_grace_period"])
    assert grace
    assert int(grace[1]) >= GRACEFUL_S + 10
    assert f'"graceful_timeout": {GRACEFUL_S}' in (PROJECT / "src/facelogin/server.py").read_text()


def test_sqlite_is_kept_in_a_volume() -> None:
    service, volumes = (
        facelogin_in("compose.sqlite.yaml"),
        compose("compose.sqlite.yaml")["volumes"],
    )
    (volume,) = (one for one in service["volumes"] if one.split(":")[0] in volumes)
    assert volume.split(":")[1] == DATA == service["environment"]["FACELOGIN_DATA_DIR"]
    by_name = dict(dockerfile_instructions())
    assert by_name["VOLUME"] == DATA
    assert f"FACELOGIN_DATA_DIR={DATA}" in by_name["ENV"]


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_sets_what_serve_requires_and_nothing_unknown(file: str) -> None:
    environment = set(facelogin_in(file)["environment"])
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


def test_the_image_limits_the_arenas_of_malloc() -> None:
    assert "MALLOC_ARENA_MAX=2" in dict(dockerfile_instructions())["ENV"]


def test_the_containers_health_is_that_of_the_worker_alone() -> None:
    """A restart mends no store: that is what /readyz is for, which a proxy asks."""
    check = dict(dockerfile_instructions())["HEALTHCHECK"]
    assert "/healthz" in check
    assert "/readyz" not in check


def let_through(path: str) -> bool:
    """Whether .dockerignore leaves a file in the build: the last pattern that matches decides."""
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    kept = True
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            bare = pattern.removeprefix("!")
            if any(one.count("/") == bare.count("/") and fnmatch(one, bare) for one in above):
                kept = pattern.startswith("!")
    return kept


@pytest.mark.parametrize("path", NOT_FOR_AN_IMAGE)
def test_nothing_private_or_large_goes_into_the_build(path: str) -> None:
    assert not let_through(path)


def test_the_build_gets_what_the_image_is_made_of() -> None:
    copied = [words.split()[0] for name, words in dockerfile_instructions() if name == "COPY"]
    assert copied == ["requirements.txt", "dist/facelogin-*.whl"]
    assert all(let_through(one.replace("*", "0.1.0-py3-none-any")) for one in copied)


def test_the_build_of_this_working_tree_is_small() -> None:
    wheels = {path for path in files_of_the_project() if path.suffix == ".whl"}
    sent = {
        path
        for path in files_of_the_project()
        if path not in wheels and let_through(path.relative_to(PROJECT).as_posix())
    }
    assert sent == {PROJECT / "requirements.txt"}
    assert (PROJECT / "requirements.txt").stat().st_size < MIB


def files_of_the_project() -> Iterator[Path]:
    """Every file below the project; folders of thousands are looked at by one name."""
    for path in PROJECT.iterdir():
        if path.is_file():
            yield path
        elif not path.is_symlink():
            yield from (one for one in path.glob("*") if one.is_file())
            yield path / "folder" / "file"


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
