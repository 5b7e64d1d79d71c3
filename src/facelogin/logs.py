"""Log lines: JSON for machines in production, plain text for the person who develops.

No image, embedding, score, email, username or token belongs in a log line. What an exception says
may quote what a client sent, so in production a traceback tells kinds and places only.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from facelogin.domain.errors import ConfigurationError

_JSON_FIELDS = "%(levelname)s %(name)s %(message)s"
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

_log = logging.getLogger(__name__)


def configure_logging(*, as_json: bool) -> None:
    """Send every log line of this process to standard error, once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if as_json else _PlainFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=as_json)
    logging.raiseExceptions = not as_json  # else a line that fails is printed with its arguments
    threading.excepthook = _log_end_of_thread if as_json else threading.__excepthook__


def kinds_and_places(error: BaseException) -> str:
    """Return the traceback of ``error`` and of its causes without what the exceptions say.

    A ConfigurationError speaks: its sentence is ours, for the operator, and hides secrets.
    """
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        said = f": {seen}" if isinstance(seen, ConfigurationError) else ""
        parts.append("".join(traceback.format_tb(seen.__traceback__)) + type(seen).__name__ + said)
        context = None if seen.__suppress_context__ else seen.__context__
        seen = seen.__cause__ or context
    return "\nafter\n".join(parts)


class _PlainFormatter(logging.Formatter):
    """One line a person can read, what the record carries besides its message at the end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as logging calls it
        extra = (f"{k}={v}" for k, v in vars(record).items() if k not in _OWN)
        return " ".join([super().formatMessage(record), *extra])


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Formatter(JsonFormatter):
        """A JSON object a line."""

        def formatException(  # noqa: N802 - as logging calls it
            self,
            ei: tuple[type[BaseException], BaseException, TracebackType | None]
            | tuple[None, None, None],
        ) -> str:
            """Return the traceback without what the exceptions say."""
            return kinds_and_places(ei[1]) if ei[1] is not None else ""

    return Formatter(
        _JSON_FIELDS,
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",  # RFC 3339, UTC
    )


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    error = ended.exc_value
    if error is not None and not isinstance(error, SystemExit):
        _log.error("a thread ended", exc_info=error)
