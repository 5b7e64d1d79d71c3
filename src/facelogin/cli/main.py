"""The ``facelogin`` command and its exit codes.

0 done; 1 the answer is no (not recognised, no such user, an image that can't be used);
2 the command line is wrong; 3 the configuration is wrong; 4 the store does not answer;
5 done, but bytes of what was erased are still in the database's files.
"""

from __future__ import annotations

import sys
from typing import Any

import click

import facelogin
from facelogin.cli.audit import audit
from facelogin.cli.config import config
from facelogin.cli.engines import engines
from facelogin.cli.evaluate import evaluate
from facelogin.cli.faces import enrol, verify
from facelogin.cli.identify import identify
from facelogin.cli.imports import imports
from facelogin.cli.keys import keys
from facelogin.cli.notice import notice
from facelogin.cli.openapi import openapi
from facelogin.cli.retention import retention
from facelogin.cli.serving import run, serve
from facelogin.cli.users import users
from facelogin.cli.weights import weights
from facelogin.domain.errors import (
    ConfigurationError,
    FaceloginError,
    Refusal,
    StillInFiles,
    StoreFault,
    StoreUnavailable,
)

EXIT_NO = 1
EXIT_CONFIGURATION = 3
EXIT_STORE = 4
EXIT_STILL_IN_FILES = 5


class _Commands(click.Group):
    """Turns what facelogin raises into one line on standard error and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click declares it
        try:
            return super().invoke(ctx)
        except FaceloginError as error:
            click.echo(_sentence(error), err=True)
            sys.exit(_exit_code(error))


def _exit_code(error: FaceloginError) -> int:
    if isinstance(error, ConfigurationError):
        return EXIT_CONFIGURATION
    if isinstance(error, StoreUnavailable):
        return EXIT_STORE
    if isinstance(error, StillInFiles):
        return EXIT_STILL_IN_FILES
    return EXIT_NO


def _sentence(error: FaceloginError) -> str:
    if isinstance(error, Refusal) and error.fields:
        return "\n".join(f"{name}: {sentence}" for name, sentence in error.fields.items())
    if isinstance(error, StoreUnavailable) and error.__cause__ is not None:
        cause = str(error.__cause__)
        for debugging in (", Timeout:", ", full error:"):  # of PyMongo
            cause = cause.partition(debugging)[0]
        notes = "; ".join(getattr(error, "__notes__", ()))
        if isinstance(error.__cause__, StoreFault):
            return f"The database can't be used. {cause}" + (f" ({notes})" if notes else "")
        return f"{error} ({cause}{notes and '; '}{notes})"
    return str(error)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(facelogin.__version__, prog_name="facelogin")
def main() -> None:
    """Sign in with your face, self-hosted.

    Settings come from FACELOGIN_* in the environment or in a .env file; `facelogin config` shows
    them.
    """


for command in (
    *(run, serve, config, users, enrol, verify, identify, weights, keys, audit, openapi, notice),
    *(imports, retention, evaluate, engines),
):
    main.add_command(command)
