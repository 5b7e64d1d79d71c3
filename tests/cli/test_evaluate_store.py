"""``facelogin evaluate verify --store``: consented probes against the accounts' own templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evaluation.drawn_faces import DrawnEngine, crowd, data_set
from facelogin import bootstrap
from facelogin.cli import main
from facelogin.services.enrol import Application
from facelogin.settings import Settings

Evaluate = Callable[..., Result]
PEOPLE = 20


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: DrawnEngine(noise=0.6))

    def run(*arguments: str) -> Result:
        words = ("evaluate", "verify", *arguments, "--store", "--out", "out")
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert "Traceback" not in done.output
        return done

    return run


@pytest.fixture
def accounts(tmp_path: Path, evaluate: Evaluate) -> list[str]:
    """Twenty accounts, one or two pictures each, none of them among the probes."""
    services = bootstrap.build_services(Settings.load())
    names = list(crowd(PEOPLE, 1))
    for number, name in enumerate(names):
        images = [f"{name} {100 + shot}".encode() for shot in range(1 + number % 2)]
        services.enrol.enrol(Application(name, f"{name}@example.org"), images)
    services.close()
    return names


def test_every_probe_meets_every_template(
    accounts: list[str], evaluate: Evaluate, tmp_path: Path
) -> None:
    data_set(tmp_path / "probes", dict.fromkeys(accounts, 3) | {"stranger": 2})
    done = evaluate("probes", "--consented")
    assert done.exit_code == 0, done.output
    assert "1 folders are named like no account and are left out: stranger" in done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["images"], report["people"]) == (3 * PEOPLE, PEOPLE)
    assert report["genuine_pairs"] == 3 * PEOPLE
    assert report["impostor_pairs"] == 3 * PEOPLE * (PEOPLE - 1)
    assert list(report["fused"]) == ["1+1", "2+1"]
    for rates in report["fused"].values():
        assert rates["people"] == PEOPLE // 2
        assert rates["shipped"]["fnmr"] is not None


def test_pictures_of_account_holders_need_their_consent(
    accounts: list[str], evaluate: Evaluate, tmp_path: Path
) -> None:
    data_set(tmp_path / "probes", dict.fromkeys(accounts, 1))
    refused = evaluate("probes")
    assert refused.exit_code == 2
    assert "Say --consented if they did." in refused.stderr
    assert not (tmp_path / "out").exists()


def test_folders_that_name_no_account_are_refused(
    accounts: list[str], evaluate: Evaluate, tmp_path: Path
) -> None:
    data_set(tmp_path / "probes", {"eve": 2, "mallory": 1})
    refused = evaluate("probes", "--consented")
    assert refused.exit_code == 1
    assert "None of 2 folders is named like an account" in refused.stderr
    assert "(20 accounts): eve, mallory" in refused.stderr


def test_an_empty_store_is_told(evaluate: Evaluate, tmp_path: Path) -> None:
    data_set(tmp_path / "probes", {"ana": 1})
    refused = evaluate("probes", "--consented")
    assert (refused.exit_code, "(0 accounts)" in refused.stderr) == (1, True)
