"""What gunicorn has to say, in the same lines as everything else."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's log without handlers and formats of its own."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - gunicorn carries no types
        """Take the settings, and hand every line on to the root logger."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
