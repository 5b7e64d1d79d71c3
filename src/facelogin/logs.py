"""Log lines: JSON for machines in production, plain text for the person who develops.

No image, embedding, score, email, username or token belongs in a log line.
"""

from __future__ import annotations

import logging
import sys

_JSON_FIELDS = "%(levelname)s %(name)s %(message)s"
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def configure_logging(*, as_json: bool) -> None:
    """Send every log line of this process to standard error, once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if as_json else _PlainFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _PlainFormatter(logging.Formatter):
    """One line a person can read, what the record carries besides its message at the end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as logging calls it
        extra = (f"{k}={v}" for k, v in vars(record).items() if k not in _OWN)
        return " ".join([super().formatMessage(record), *extra])


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        _JSON_FIELDS,
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",  # RFC 3339, UTC
    )
