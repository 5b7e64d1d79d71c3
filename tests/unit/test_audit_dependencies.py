"""The report on known vulnerabilities: "not asked" never reads like "nothing found"."""

from __future__ import annotations

import json

import pytest

from tools import audit_dependencies
from tools.audit_dependencies import python_report, web_report


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    packages = [
        {"name": "a", "version": "1.0", "vulns": [flaw]},
        {"name": "b", "version": "3.0", "vulns": []},
    ]
    report = python_report("lock", json.dumps({"dependencies": packages}), "")
    assert report.lines() == [
        "Python (lock): 2 of 2 packages asked about, 1 known vulnerabilities",
        "  a 1.0: PYSEC-1, mended in 2.0",
    ]


def test_a_package_that_the_service_does_not_know_was_not_asked_about() -> None:
    answer = json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]})
    report = python_report("lock", answer, "No known vulnerabilities found")
    (line,) = report.lines()
    assert line.endswith("0 known vulnerabilities; nothing was learnt about the other 1")


@pytest.mark.parametrize("answer", ["", "not json", "[]", "{}"])
def test_no_answer_is_told_as_none(answer: str) -> None:
    told = python_report("lock", answer, "x\nno route to host").lines()
    assert told == ["Python (lock): not asked, the service did not answer (no route to host)"]
    assert "not asked" in web_report(answer, "offline").lines()[0]


def test_npms_refusal_is_told() -> None:
    told = web_report(json.dumps({"message": "405 Method Not Allowed", "error": {}}), "").lines()
    assert told == [
        "Web (package-lock.json): not asked, the service did not answer (405 Method Not Allowed)"
    ]


def test_npms_findings_are_told() -> None:
    answer = {
        "vulnerabilities": {"left-pad": {"severity": "high", "range": "<1.3"}},
        "metadata": {"dependencies": {"total": 12}},
    }
    assert web_report(json.dumps(answer), "").lines() == [
        "Web (package-lock.json): 12 of 12 packages asked about, 1 known vulnerabilities",
        "  left-pad <1.3: high",
    ]


@pytest.mark.parametrize(("found", "status"), [([], 0), ([{"id": "PYSEC-1"}], 1)])
def test_only_a_known_vulnerability_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, found: list[object], status: int
) -> None:
    package = {"name": "a", "version": "1", "vulns": found}
    answer = json.dumps({"dependencies": [package]})
    monkeypatch.setattr(audit_dependencies, "_run", lambda *_: (answer, ""))
    assert audit_dependencies.main() == status


def test_being_offline_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit_dependencies, "_run", lambda *_: ("", "no network"))
    assert audit_dependencies.main() == 0
    assert capsys.readouterr().out.count("not asked") == 3
