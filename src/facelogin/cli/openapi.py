"""``facelogin openapi``: the description of the API, for programs that write clients."""

from __future__ import annotations

import json

import click


@click.command()
def openapi() -> None:
    """Print the OpenAPI document, always the same for the same version.

    It needs no store, keys or weights, and ignores the settings: it describes a server over plain
    HTTP on loopback. A running server tells its own at /openapi.json.
    """
    from facelogin.bootstrap import describe_api

    click.echo(json.dumps(describe_api(), indent=2, sort_keys=True, ensure_ascii=False))
