"""Log lines: JSON for machines in production, plain text for the person who develops.

No image, embedding, score, email, username or token belongs in a log line.
"""

from __future__ import annotations

import logging
import sys

_FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure_logging(*, as_json: bool) -> None:
    """Send every log line of this process to standard error, once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if as_json else _plain_formatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _plain_formatter() -> logging.Formatter:
    return logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        _FIELDS,
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        timestamp=False,
    )
