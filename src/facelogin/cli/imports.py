"""``facelogin import``: take over accounts from elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from facelogin.cli.import_codes import new_codes_file, print_codes
from facelogin.cli.import_report import Report
from facelogin.cli.loading import operator_services, operator_settings
from facelogin.domain.errors import NotFound
from facelogin.services.first_system_import import Imported, Result

_TOLD_EVERY_S = 1.0


@click.group("import")
def imports() -> None:
    """Take over accounts from elsewhere."""


@imports.command("first-system")
@click.option("--mongodb", "uri", metavar="URI", required=True, help="Address, with the database.")
@click.option("--collection", default="students", show_default=True)
@click.option("--rename", is_flag=True, help="Import names that break the rules under a new one.")
@click.option("--dry-run", is_flag=True, help="Only tell; write nothing.")
@click.option(
    "--codes",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file for the recovery codes. Without it they are printed, and the report goes to "
    "standard error.",
)
@click.option("--json", "as_json", is_flag=True, help="Report in one JSON object.")
def first_system(
    uri: str, collection: str, rename: bool, dry_run: bool, codes: Path | None, as_json: bool
) -> None:
    """Take over the accounts of the system that facelogin started from.

    Their face encodings become templates of the reference engine. Each account gets recovery
    codes, which are shown only now: one line of username, email and codes, with tabs between.
    Nobody has consented yet: that is asked for at the first sign-in.

    It may be run again: accounts that are there already are left alone.
    """
    from facelogin.bootstrap import build_first_system_import
    from facelogin.stores.first_system import FirstSystem

    source = FirstSystem(uri, collection)
    settings = operator_settings()
    report = Report(dry_run=dry_run)
    to_stderr = codes is None and not dry_run
    quiet = as_json and to_stderr  # what a program reads there must be JSON and nothing else
    codes_out = print_codes() if codes is None else new_codes_file(codes, dry_run=dry_run)
    with closing(source), operator_services() as services, codes_out as keep_codes:
        importing = build_first_system_import(settings, services)
        total = source.count()
        if not total:
            raise NotFound(f"There is nothing in {source.describe()}.")
        try:
            results = importing.run(source, rename=rename, dry_run=dry_run)
            for result in results if quiet else _with_progress(results, total):
                report.add(result)
                if isinstance(result, Imported) and not dry_run:
                    keep_codes(result)
        finally:
            report.write(as_json=as_json, to_stderr=to_stderr)


def _with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    """Yield what is given, and print how far it is, once a second."""
    told_at_s = time.monotonic()
    for done, result in enumerate(results, start=1):
        yield result
        now_s = time.monotonic()
        if now_s - told_at_s >= _TOLD_EVERY_S and done < total:
            told_at_s = now_s
            click.echo(f"  {done:,} of {total:,}", err=True)
