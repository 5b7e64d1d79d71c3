"""``facelogin evaluate``: what it writes, what it prints, what it says of bad input."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import faces
from evaluation.drawn_faces import DrawnEngine, crowd, data_set
from facelogin import bootstrap
from facelogin.cli import main
from facelogin.domain.models import EngineRef
from facelogin.evaluation import plots
from facelogin.face.calibration import from_document
from facelogin.settings import Settings

Evaluate = Callable[..., Result]
NO, USAGE = 1, 2


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """The command with the engine that reads text; nothing it prints may be a trace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: DrawnEngine(noise=0.9))

    def run(*arguments: str | Path) -> Result:
        words = ("evaluate", *map(str, arguments))
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert "Traceback" not in done.output
        return done

    return run


@pytest.fixture
def compare(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """The command with an engine of that kind by every name: reference errs less than dlib."""

    def build(settings: Settings, *, name: str, **_: object) -> DrawnEngine:
        engine = DrawnEngine(noise={"dlib": 1.5, "reference": 0.4}[name])
        engine.ref = EngineRef(f"drawn-{name}", "1")
        return engine

    monkeypatch.setattr(bootstrap, "build_engine", build)
    return evaluate


@pytest.fixture
def people(tmp_path: Path) -> Path:
    folder = data_set(tmp_path / "people", crowd(60, 5))
    lines = [
        f"{name}\t{'even' if number % 2 == 0 else 'odd'}"
        for number, name in enumerate(crowd(60, 5))
    ]
    (tmp_path / "groups.tsv").write_text("\n".join(["person\tparity", *lines]) + "\n")
    return folder


def report_of(folder: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((folder / "report.json").read_text())
    return read


def test_a_report_has_what_programs_read(evaluate: Evaluate, people: Path, tmp_path: Path) -> None:
    done = evaluate("verify", people, "--groups", "groups.tsv", "--out", "out", "--splits", "20")
    assert done.exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert list(report) == [
        *("images", "people", "failures_to_detect", "genuine_pairs", "impostor_pairs"),
        *("tar_at_fmr", "fused", "groups"),
    ]
    assert (report["images"], report["people"], report["failures_to_detect"]) == (300, 60, 0)
    assert report["genuine_pairs"] == 60 * 10
    assert report["impostor_pairs"] == 300 * 299 // 2 - 600
    at = report["tar_at_fmr"]["1e-2"]
    assert set(at) == {"tar", "threshold", "ci"}
    assert at["ci"][0] <= at["tar"] <= at["ci"][1]
    assert list(report["tar_at_fmr"]) == ["1e-2", "1e-3", "1e-4", "1e-5"]
    assert list(report["fused"]) == ["1+1", "3+1", "2+2", "3+2"]
    assert report["fused"]["3+2"]["splits"] == 20
    assert set(report["groups"]["parity"]) == {"even", "odd"}
    assert report["groups"]["parity"]["even"]["impostor_pairs"] == 150 * 149 // 2 - 300


def test_two_engines_stand_in_one_report(compare: Evaluate, people: Path, tmp_path: Path) -> None:
    options = ("--groups", "groups.tsv", "--out", "out", "--splits", "20")
    done = compare("verify", people, *options, "--engine", "dlib", "--engine", "reference")
    assert done.exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert list(report) == ["engines"]
    assert list(report["engines"]) == ["dlib", "reference"]
    dlib, reference = report["engines"].values()
    assert (dlib["id"], dlib["version"]) == ("drawn-dlib", "1")
    assert dlib["impostor_pairs"] == reference["impostor_pairs"] == 300 * 299 // 2 - 600
    assert dlib["tar_at_fmr"]["1e-3"]["tar"] < reference["tar_at_fmr"]["1e-3"]["tar"]
    assert set(reference["groups"]["parity"]) == {"even", "odd"}
    first, second = done.output.index("dlib (drawn-dlib 1):"), done.output.index("reference (drawn")
    assert first < done.output.index("300 images of 60 people") < second
    assert done.output.count("300 images of 60 people") == 2


def test_two_engines_share_a_plot_and_have_their_own(
    compare: Evaluate, people: Path, tmp_path: Path
) -> None:
    options = ("--out", "out", "--splits", "20", "--engine", "dlib", "--engine", "reference")
    compare("verify", people, *options)
    out = tmp_path / "out"
    page = (out / "report.html").read_text()
    names = ["det.png", *(f"{n}-{e}.png" for e in ("dlib", "reference") for n in ("det", "scores"))]
    assert sorted(path.name for path in out.glob("*.png")) == sorted(names)
    assert [page.index(f'src="{name}"') for name in names] == sorted(
        page.index(f'src="{name}"') for name in names
    )
    assert "<h1>dlib</h1>" in page
    lines = (out / "worst_pairs.tsv").read_text().splitlines()
    assert lines[0] == "engine\tkind\tdistance\tfirst\tsecond"
    assert {line.split("\t")[0] for line in lines[1:]} == {"dlib", "reference"}
    assert {line.split("\t")[1] for line in lines[1:]} == {"strangers", "one person"}


def test_one_engine_given_twice_is_evaluated_once(
    compare: Evaluate, people: Path, tmp_path: Path
) -> None:
    options = ("--out", "out", "--splits", "20", "--engine", "dlib", "--engine", "dlib")
    assert compare("verify", people, *options).exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert list(report["engines"]) == ["dlib"]


def test_a_name_that_is_no_engine_is_wrong_usage(evaluate: Evaluate, people: Path) -> None:
    done = evaluate("verify", people, "--out", "out", "--engine", "drawn")
    assert done.exit_code == USAGE
    assert "'sface', 'dlib', 'custom', 'reference'" in done.stderr


def test_engines_are_not_compared_on_a_store(evaluate: Evaluate, people: Path) -> None:
    done = evaluate("verify", people, "--out", "out", "--store", "--consented", "--engine", "dlib")
    assert done.exit_code == USAGE
    assert "--engine is for a data set of its own" in done.stderr


def test_dlib_and_the_library_are_compared_on_real_faces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("face_recognition") is None:
        faces.missing("face_recognition")
    monkeypatch.chdir(tmp_path)
    for person, names in (
        ("barack", ("obama.jpg", "obama2.jpg", "obama3.jpg")),
        ("joe", ("biden.jpg",)),
    ):
        (tmp_path / "set" / person).mkdir(parents=True)
        for name in names:
            shutil.copy(faces.image_path(name), tmp_path / "set" / person)
    engines = ("--engine", "dlib", "--engine", "reference")
    words = ("evaluate", "verify", "set", "--out", "out", "--splits", "20", *engines)
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())["engines"]
    assert [one["id"] for one in report.values()] == ["resnet128-mirror", "face-recognition"]
    for one in report.values():
        assert (one["images"], one["genuine_pairs"], one["impostor_pairs"]) == (4, 3, 3)
    with closing(sqlite3.connect(tmp_path / "out" / "embeddings.sqlite")) as cache:
        kept = cache.execute("SELECT engine, count(*) FROM embeddings GROUP BY engine").fetchall()
    assert sorted((name.split()[0], count) for name, count in kept) == [
        ("face-recognition", 4),
        ("resnet128-mirror", 4),
    ]


def test_a_figure_on_too_few_hits_says_so(evaluate: Evaluate, people: Path, tmp_path: Path) -> None:
    done = evaluate("verify", people, "--out", "out", "--splits", "20")
    rate = json.loads((tmp_path / "out" / "report.json").read_text())["tar_at_fmr"]["1e-5"]
    assert (rate["tar"], rate["threshold"], rate["ci"]) == (None, None, None)
    assert "fewer than 10" in rate["too_few"]
    assert "FMR 1e-5  no figure" in done.output


def test_a_page_two_plots_and_the_worst_pairs_lie_beside_it(
    evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    evaluate("verify", people, "--groups", "groups.tsv", "--out", "out", "--splits", "20")
    out = tmp_path / "out"
    page = (out / "report.html").read_text()
    for name in ("det.png", "scores.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert f'src="{name}"' in page
    kind, gap, first, second = (out / "worst_pairs.tsv").read_text().splitlines()[1].split("\t")
    assert kind == "strangers"
    assert 0 < float(gap) < 1.5
    assert first.split("/")[0] != second.split("/")[0]
    assert "data:image" not in page


def test_without_matplotlib_there_is_all_but_the_plots(
    evaluate: Evaluate, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda _: None)
    done = evaluate("verify", people, "--out", "out", "--splits", "20")
    assert done.exit_code == 0
    assert "pip install 'facelogin[evaluate]'" in done.stderr
    assert (tmp_path / "out" / "report.json").exists()
    assert "<img" not in (tmp_path / "out" / "report.html").read_text()


def test_names_in_a_page_are_text(evaluate: Evaluate, tmp_path: Path) -> None:
    data_set(tmp_path / "set", {"<b>ana": 3, "bob": 3})
    evaluate("verify", "set", "--out", "out", "--splits", "20")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;b&gt;ana" in page
    assert "<b>ana" not in page


def test_a_list_of_pairs_is_compared_as_listed(evaluate: Evaluate, tmp_path: Path) -> None:
    data_set(tmp_path, {"ana": 2, "bob": 1})
    (tmp_path / "pairs.txt").write_text("ana\t0\t1\nbob\t0\tana\t1\nbob\t0\tana\t0\n")
    assert evaluate("verify", "pairs.txt", "--out", "out").exit_code == 0
    report = report_of(tmp_path / "out")
    assert (report["genuine_pairs"], report["impostor_pairs"]) == (1, 2)
    assert report["fused"] == {}


def test_files_that_can_not_be_used_are_counted(
    evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    (people / "p000" / "empty.jpg").write_text("nobody 1")
    (people / "p001" / "broken.jpg").write_bytes(b"\x00")
    (people / "p002" / "copy.jpg").write_text("p002 0")
    done = evaluate("verify", people, "--out", "out", "--splits", "20")
    assert done.exit_code == 0
    assert "1 files show no face that was found and are left out: p000/empty.jpg" in done.stderr
    assert "1 files can't be read as images and are left out: p001/broken.jpg" in done.stderr
    assert "1 files are copies of another picture" in done.stderr
    assert report_of(tmp_path / "out")["failures_to_detect"] == 1


@pytest.mark.parametrize("command", ["verify", "calibrate"])
@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ({"ana": 0}, "There is no picture in"),
        ({"ana": 5}, "shows 1 person (5 images)"),
        ({"ana": 1, "bob": 1}, "No person in set has 2 images (2 images of 2 people)"),
        ({"ana": 2, "ANA": 2}, "1 people have more than one folder by their names: ANA = ana"),
        ({"nobody": 2, "x y": 2}, "No face was found in any of 4 images"),
    ],
)
def test_a_data_set_that_says_nothing_is_refused_in_a_sentence(
    command: str, people: dict[str, int], sentence: str, evaluate: Evaluate, tmp_path: Path
) -> None:
    data_set(tmp_path / "set", people)
    done = evaluate(command, "set", "--out", "out")
    assert done.exit_code == NO
    assert sentence in done.stderr


@pytest.mark.parametrize("command", ["verify", "calibrate"])
def test_a_file_in_the_place_of_a_folder_is_refused(
    command: str, evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"\xff\xd8\xff")
    done = evaluate(command, "file", "--out", "out")
    assert (done.exit_code, "neither a folder" in done.stderr) == (NO, True)
    assert evaluate(command, people, "--out", "file").exit_code == USAGE
    done = evaluate(command, people, "--out", "file/within")
    assert (done.exit_code, "can't be made" in done.stderr) == (NO, True)
    done = evaluate(command, people, "--groups", "file", "--out", "out")
    assert (done.exit_code, "can't be read as a TSV" in done.stderr) == (NO, True)


def test_faces_that_are_left_may_be_too_few(evaluate: Evaluate, tmp_path: Path) -> None:
    folder = data_set(tmp_path / "set", {"ana": 2})
    (folder / "bob").mkdir()
    (folder / "bob" / "empty.jpg").write_text("nobody 1")
    done = evaluate("verify", "set", "--out", "out")
    assert done.exit_code == NO
    assert "1 genuine and 0 impostor pairs are left" in done.stderr


def test_calibrating_writes_a_table_that_the_server_reads(
    evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    done = evaluate(
        *("calibrate", people, "--groups", "groups.tsv", "--out", "out", "--splits", "20"),
        *("--name", "our people"),
    )
    assert done.exit_code == 0
    document = json.loads((tmp_path / "out" / "drawn.json").read_text())
    table = from_document(document)
    assert (table.engine.id, table.data_set, table.most_images) == ("drawn", "our people", 5)
    assert document["data_set"]["grouped_by"] == ["parity"]
    assert table.threshold(target_fmr=1e-2, enrolled=1, probe=1) > 0
    noise = 0.9**2 / (1 + 0.9**2)  # what is left of a picture's own part after normalising
    assert table.days_apart == pytest.approx(math.sqrt(2 * noise), rel=0.03)
    assert "(* provisional)" in done.output


def test_calibrating_without_groups_says_for_whom_it_holds(
    evaluate: Evaluate, people: Path
) -> None:
    done = evaluate("calibrate", people, "--out", "out", "--splits", "20")
    assert "Without --groups this holds for everybody together" in done.stderr


def test_a_table_is_not_fitted_to_a_list_of_pairs(evaluate: Evaluate, tmp_path: Path) -> None:
    data_set(tmp_path, {"ana": 2})
    (tmp_path / "pairs.txt").write_text("ana\t0\t1\n")
    done = evaluate("calibrate", "pairs.txt", "--out", "out")
    assert (done.exit_code, "not to a list of pairs" in done.stderr) == (NO, True)


@pytest.mark.parametrize("name", ["report.json", "worst_pairs.tsv", "det.png"])
def test_a_report_that_can_not_be_written_is_told(
    name: str, evaluate: Evaluate, tmp_path: Path
) -> None:
    data_set(tmp_path / "set", {"ana": 3, "bob": 3})
    (tmp_path / "out" / name).mkdir(parents=True)
    done = evaluate("verify", "set", "--out", "out")
    assert done.exit_code == NO
    assert f"{name} can't be written (Is a directory)" in done.stderr


@pytest.mark.parametrize("name", ["identification.html", "identification.json"])
def test_a_report_on_searches_that_can_not_be_written_is_told(
    name: str, evaluate: Evaluate, people: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / name).mkdir(parents=True)
    done = evaluate("identify", people, "--out", "out", "--draws", "10")
    assert done.exit_code == NO
    assert f"{name} can't be written (Is a directory)" in done.stderr


def test_a_cache_that_is_something_else_is_told(evaluate: Evaluate, tmp_path: Path) -> None:
    data_set(tmp_path / "set", {"ana": 3, "bob": 3})
    (tmp_path / "notes").write_text("no database, and long enough to be taken for one. " * 20)
    done = evaluate("verify", "set", "--out", "out", "--cache", "notes")
    assert (done.exit_code, "can't be kept in notes" in done.stderr) == (NO, True)


def test_a_file_name_that_is_no_text_is_written_all_the_same(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    folder = data_set(tmp_path / "set", {"ana": 2, "bob": 2})
    strange = os.fsencode(folder / "ana") + b"/\xff.jpg"
    Path(os.fsdecode(strange)).write_text("ana 9")
    done = evaluate("verify", "set", "--out", "out", "--splits", "20")
    assert done.exit_code == 0
    assert "\\udcff.jpg" in (tmp_path / "out" / "worst_pairs.tsv").read_text()
