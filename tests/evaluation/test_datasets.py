"""What a data set is read from, and what is said of one that can't be evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.drawn_faces import data_set
from facelogin.domain.errors import EvaluationRefused
from facelogin.evaluation.datasets import read_data_set, read_probes
from facelogin.evaluation.groups import read_groups


def test_a_folder_for_each_person(tmp_path: Path) -> None:
    found = read_data_set(data_set(tmp_path, {"ana": 2, "bob": 3}))
    assert found.people == ("ana", "bob")
    assert [image.name for image in found.images][:2] == ["ana/ana_0000.jpg", "ana/ana_0001.jpg"]
    assert found.pairs is None


def test_the_people_may_be_in_a_folder_within(tmp_path: Path) -> None:
    data_set(tmp_path / "images", {"ana": 2, "bob": 1})
    assert read_data_set(tmp_path).people == ("ana", "bob")


def test_files_that_are_no_pictures_are_passed_over(tmp_path: Path) -> None:
    folder = data_set(tmp_path, {"ana": 2, "bob": 1})
    (folder / "ana" / "notes.txt").write_text("taken on Monday")
    (folder / "readme.md").write_text("people")
    assert len(read_data_set(folder).images) == 3


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ({}, r"no picture in .*folder for each person.*\(0 folders; 0 pictures"),
        ({"ana": 3}, r"shows 1 person \(3 images\).*2 people at least"),
        ({"ana": 1, "bob": 1}, r"No person in .* has 2 images \(2 images of 2 people\)"),
        ({"ana": 2, "Ana": 2, "bob": 1}, r"1 people have more than one folder.*Ana = ana"),
        ({"Ana Maria": 2, "ana_maria": 1}, r"more than one folder.*Ana Maria = ana_maria"),
    ],
)
def test_a_folder_that_says_nothing_is_refused_with_counts(
    people: dict[str, int], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(EvaluationRefused, match=sentence):
        read_data_set(data_set(tmp_path / "set", people) if people else tmp_path)


def test_pictures_outside_of_any_folder_are_counted(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"")
    with pytest.raises(EvaluationRefused, match="3 pictures lie outside"):
        read_data_set(tmp_path)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationRefused, match=r"There is no .*/nowhere\.$"):
        read_data_set(tmp_path / "nowhere")


def test_a_picture_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "ana.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00")
    with pytest.raises(EvaluationRefused, match=r"neither a folder .* nor a list of pairs"):
        read_data_set(tmp_path / "ana.jpg")


LFW = "2\t1\nana\t0\t1\nbob\t0\tana\t1\n"
TSV = (
    "fold\tlabel\timg1\timg2\n1\t1\tana/ana_0000.jpg\tana/ana_0001.jpg\n"
    "1\t0\tbob/bob_0000.jpg\tana/ana_0001.jpg\n"
)


@pytest.mark.parametrize("text", [LFW, LFW.replace("2\t1\n", "1\n"), LFW[4:], TSV])
@pytest.mark.parametrize("folder", ["", "images", "lfw"])
def test_a_list_of_pairs_in_the_formats_of_lfw(text: str, folder: str, tmp_path: Path) -> None:
    data_set(tmp_path / folder, {"ana": 2, "bob": 1})
    (tmp_path / "pairs.txt").write_text(text)
    found = read_data_set(tmp_path / "pairs.txt")
    assert found.pairs == (
        ("ana/ana_0000.jpg", "ana/ana_0001.jpg"),
        ("bob/bob_0000.jpg", "ana/ana_0001.jpg"),
    )
    assert found.people == ("ana", "bob")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"names no pairs \(0 lines\)"),
        ("10\t300\n", r"names no pairs \(1 lines\)"),
        ("name\tage\nana\t9\n", r"Line 1 of .* names no pair: .*label, img1 and img2"),
        (TSV.replace("1\t1\tana", "1\tyes\tana"), r"Line 2 of .* names no pair"),
        (TSV.replace("1\t0\tbob", "1\t1\tbob"), r"Line 3 of .* names no pair"),
        ("ana 0 x\n", r"Line 1 of .*'ana 0 x'"),
        ("ana 0 7\nana 0 8\n", r"2 of the 3 pictures .* are not there: ana/ana_0007.jpg"),
    ],
)
def test_a_wrong_list_is_told_by_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    data_set(tmp_path, {"ana": 2, "bob": 1})
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(EvaluationRefused, match=sentence):
        read_data_set(tmp_path / "pairs.txt")


def test_probes_may_be_one_of_each(tmp_path: Path) -> None:
    assert len(read_probes(data_set(tmp_path / "set", {"ana": 1})).images) == 1
    with pytest.raises(EvaluationRefused, match="not a folder with one folder for each username"):
        read_probes(tmp_path / "nowhere")


def test_groups_by_image_or_by_person(tmp_path: Path) -> None:
    images = read_data_set(data_set(tmp_path / "set", {"ana": 2, "bob": 1})).images
    table = tmp_path / "groups.tsv"
    table.write_text("image\tsex\tlight\nana_0000.jpg\tF\tdim\nbob/bob_0000.jpg\tM\t\n")
    assert read_groups(table, images) == {
        "sex": {"ana/ana_0000.jpg": "F", "bob/bob_0000.jpg": "M"},
        "light": {"ana/ana_0000.jpg": "dim"},
    }
    table.write_text("person\tsex\nana\tF\n")
    assert read_groups(table, images) == {"sex": {"ana/ana_0000.jpg": "F", "ana/ana_0001.jpg": "F"}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is empty"),
        (b"name\tsex\nana\tF\n", "has the columns name, sex. The first has to be image or person"),
        (b"person\nana\n", "The first has to be image or person"),
        (b"person\tsex\tsex\nana\tF\tF\n", "has the columns person, sex, sex"),
        (
            b"person\tsex\nana\nbob\tM\n",
            "1 of 2 lines .* don't have 2 columns; the first is line 2",
        ),
        (b"person\tsex\ncarl\tM\n", r"No line of .* \(1 lines\) names one of the 3 images"),
        (b"\xff\xfe\x00", "can't be read as a TSV"),
        (b"person\tsex\nana\tF\nana\tM\n", "person ana is in two groups .*: F and M"),
        (
            b"image\tnumber\n" + b"".join(b"x%d.jpg\t%d\n" % (n, n) for n in range(60)),
            "No line of .*60 lines",
        ),
    ],
)
def test_a_wrong_table_of_groups_is_told(text: bytes, sentence: str, tmp_path: Path) -> None:
    images = read_data_set(data_set(tmp_path / "set", {"ana": 2, "bob": 1})).images
    (tmp_path / "groups.tsv").write_bytes(text)
    with pytest.raises(EvaluationRefused, match=sentence):
        read_groups(tmp_path / "groups.tsv", images)


def test_a_group_for_each_is_no_group(tmp_path: Path) -> None:
    images = read_data_set(data_set(tmp_path / "set", {"ana": 60, "bob": 1})).images
    lines = "".join(f"ana_{number:04d}.jpg\t{number}\n" for number in range(60))
    (tmp_path / "groups.tsv").write_text(f"image\tnumber\n{lines}")
    with pytest.raises(EvaluationRefused, match="has 60 groups, more than 50"):
        read_groups(tmp_path / "groups.tsv", images)


def test_without_the_table_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvaluationRefused, match="can't be read as a TSV"):
        read_groups(tmp_path / "nowhere.tsv", ())
