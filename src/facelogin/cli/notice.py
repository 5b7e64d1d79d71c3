"""``facelogin notice``: the privacy notice that people agree to."""

from __future__ import annotations

from pathlib import Path

import click

from facelogin.cli.folders import make_folder_of
from facelogin.cli.loading import operator_settings
from facelogin.notice_files import LANGUAGES, notice_to_fill_in


@click.group(invoke_without_command=True)
@click.option("--lang", metavar="TAG", help="Print the text in the nearest language.")
@click.pass_context
def notice(context: click.Context, lang: str | None) -> None:
    """Print the privacy notice, its version on the first line, or write a new one."""
    if context.invoked_subcommand is not None:
        return
    from facelogin.bootstrap import load_notice

    current = load_notice(operator_settings())
    text = current.nearest(lang)
    click.echo(f"version {current.version}\n\n{text.text}")
    for translation in current.translations:
        if translation.blanks:
            click.echo(
                f"The text for '{translation.language}' has {len(translation.blanks)} blank(s) to "
                "fill in; `facelogin serve` refuses it.",
                err=True,
            )


@notice.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], help="Write it in this language."
)
def new(path: Path, lang: str) -> None:
    """Write a notice to PATH, with [[blanks]] for what only you know. Never overwrites one.

    Folders that are missing are made.
    """
    make_folder_of(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(notice_to_fill_in(lang))
    except FileExistsError as error:
        raise click.UsageError(f"{path} exists.") from error
    except OSError as error:
        raise click.UsageError(f"{path} can't be written: {error.strerror}.") from error
    click.echo(f"New notice: {path}")
    setting = f"FACELOGIN_NOTICE_FILE={lang}={path.absolute()}"
    click.echo(f"Fill in what stands in [[ ]], then set {setting}")
