"""Messages to an application in this process: HTTP without a network."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient


@dataclass(frozen=True, slots=True)
class FlaskTransport:
    """The ``Transport`` of one browser; the client keeps its cookies."""

    client: FlaskClient

    def post_json(self, path: str, body: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
        """Send JSON; return the status and the body of the answer."""
        answer = self.client.post(path, json=body)
        return answer.status_code, answer.get_json()

    def post_parts(
        self, path: str, meta: str, parts: Mapping[str, bytes]
    ) -> tuple[int, Mapping[str, Any]]:
        """Send a text part ``meta`` and file parts; return status and body of the answer."""
        files = {name: (io.BytesIO(part), f"{name}.jpg") for name, part in parts.items()}
        answer = self.client.post(path, data={"meta": meta, **files})
        return answer.status_code, answer.get_json()
