"""The notice: one version over all languages, the nearest text, and none but the operator's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelogin import Profile, Settings, bootstrap
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.notice import Notice, Translation
from facelogin.notice_files import LANGUAGES, notice_to_fill_in, read_notice, sample_notice

OWN = "Example Ltd keeps a template of your face."


def notice(**texts: str) -> Notice:
    return Notice(tuple(Translation(tag.replace("_", "-"), text) for tag, text in texts.items()))


def production(*files: str) -> Settings:
    return Settings.load(
        Profile.PRODUCTION,
        _env_file=None,
        public_url="https://login.example.org",
        keyring_file=Path("keys.json"),
        required_assurance="photo",
        notice_file=",".join(files),
    )


def test_the_version_changes_with_every_text_and_every_language() -> None:
    notices = [
        notice(en="a"),
        notice(en="b"),
        notice(de="a"),
        notice(en="a", de="a"),
        notice(en="a", de="b"),
        notice(en="b", de="a"),
    ]
    assert len({one.version for one in notices}) == len(notices)


def test_the_version_is_the_same_whatever_language_comes_first() -> None:
    assert notice(en="a", de="b").version == notice(de="b", en="a").version


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de-AT"),
        ("de-at-1996", "de-AT"),
        ("de-CH", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("fr", "en"),
        ("-", "en"),
        ("d", "en"),
        ("\ud800", "en"),
    ],
)
def test_the_nearest_language_is_told(asked: str | None, told: str) -> None:
    texts = notice(en="e", de="d", de_AT="a", pt_BR="p")
    assert texts.nearest(asked).language == told


def test_a_notice_in_no_language_is_none() -> None:
    with pytest.raises(ValueError, match="one language at least"):
        Notice(())


def test_the_sample_is_not_fit_for_production() -> None:
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_NOTICE_FILE: .* is the sample"):
        sample_notice().refuse_unfinished()


@pytest.mark.parametrize("number", range(len(LANGUAGES)))
def test_a_copy_of_the_sample_is_the_sample(number: int, tmp_path: Path) -> None:
    text = sample_notice().translations[number].text
    (tmp_path / "n.md").write_text("# Our notice\n" + text.replace("facelogin.", "\nfacelogin."))
    with pytest.raises(ConfigurationError, match="is the sample"):
        bootstrap.load_notice(production(f"en={tmp_path / 'n.md'}"))


def test_the_sample_is_told_in_the_pages_languages() -> None:
    assert sample_notice().languages == list(LANGUAGES) == ["en", "de", "es"]
    assert len({one.text for one in sample_notice().translations}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_with_blanks_is_refused_until_the_last_one_is_filled_in(
    language: str, tmp_path: Path
) -> None:
    text, file = notice_to_fill_in(language), tmp_path / "n.md"
    blanks = Translation("en", text).blanks
    assert len(blanks) > 5
    while "[[" in text:
        file.write_text(text)
        left = len(Translation("en", text).blanks)
        with pytest.raises(ConfigurationError, match=rf"'en' has {left} blank"):
            bootstrap.load_notice(production(f"en={file}"))
        before, _, rest = text.partition("[[")
        text = before + "filled in" + rest.partition("]]")[2]
    file.write_text(text)
    assert bootstrap.load_notice(production(f"en={file}")).translations[0].text == text


def test_one_unfinished_language_is_enough_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "en.md").write_text(OWN)
    (tmp_path / "de.md").write_text("[[wer]]")
    with pytest.raises(ConfigurationError, match=r"'de' has 1 blank.*\[\[wer\]\]"):
        bootstrap.load_notice(production(f"en={tmp_path / 'en.md'}", f"de={tmp_path / 'de.md'}"))


def test_development_shows_the_sample_and_unfinished_texts(tmp_path: Path) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None)
    assert bootstrap.load_notice(settings) == sample_notice()
    (tmp_path / "n.md").write_text("[[who]]")
    mine = Settings.load(Profile.DEVELOPMENT, _env_file=None, notice_file=f"en={tmp_path / 'n.md'}")
    assert bootstrap.load_notice(mine).translations[0].blanks == ("who",)


def test_a_text_is_read_the_same_with_and_without_what_windows_adds(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"One\nTwo\n")
    (tmp_path / "b.md").write_bytes(b"\xef\xbb\xbfOne\r\nTwo\r\n")
    versions = {read_notice({"en": tmp_path / name}).version for name in ("a.md", "b.md")}
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, r"can't be read: No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "is no UTF-8 text"),
        (b"a\0b", "no text"),
        (b"a" * 300_000, "longer than 256 KiB"),
    ],
)
def test_a_file_that_is_no_notice_stops_the_start_with_its_variable(
    content: bytes | None, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "n.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"FACELOGIN_NOTICE_FILE: .*n\.md.*{told}"):
        read_notice({"en": file})
