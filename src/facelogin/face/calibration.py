"""The tables that decide for each engine: data files, one for each engine, made by measuring.

``facelogin evaluate calibrate`` writes them. A table is for one version of one engine; distances of
another say something else.
"""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from facelogin.domain.calibration import Calibration, Point
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import EngineRef

FORMAT = 1

_REMEDY = (
    "Make one with `facelogin evaluate calibrate` and name it in FACELOGIN_CALIBRATION_FILE (or, "
    "for a recogniser of your own, as `calibration` in its TOML file), or use the engine and "
    "weights that this version of facelogin came with."
)


def bundled_table(engine_id: str) -> Path:
    """Return where the package keeps the table of an engine, whether or not it has one."""
    return Path(str(resources.files("facelogin.face") / "tables" / f"{engine_id}.json"))


def load_calibration(engine: EngineRef, path: Path | None = None) -> Calibration:
    """Return the table of an engine from ``path`` (default: the one in the package).

    Raises ConfigurationError where it is missing, damaged, or for another engine or version.
    """
    path = path or _bundled(engine)
    try:
        calibration = from_document(json.loads(path.read_bytes()))
    except OSError as error:
        raise ConfigurationError(
            f"The thresholds of engine {engine.id} can't be read from {path}. {_REMEDY}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The table of thresholds {path} is damaged ({error}). {_REMEDY}"
        ) from error
    if calibration.engine != engine:
        found = f"{calibration.engine.id} {calibration.engine.version}"
        raise ConfigurationError(
            f"The thresholds in {path} are for engine {found}, not for {engine.id} "
            f"{engine.version}. {_REMEDY}"
        )
    return calibration


def _bundled(engine: EngineRef) -> Path:
    path = bundled_table(engine.id)
    if not path.is_file():
        raise ConfigurationError(
            f"The engine {engine.id} has no table of thresholds, so it can't tell who is who. "
            f"{_REMEDY}"
        )
    return path


def from_document(document: Any) -> Calibration:  # noqa: ANN401 - whatever a JSON file holds
    """Read a table. Raises ValueError, KeyError or TypeError for what is not one."""
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}, not {FORMAT}")
    burst = document["burst_counts_as"]
    checked = document.get("checked_down_to")  # earlier tables have nothing below
    days_apart = document.get("days_apart")  # in earlier tables each image counts
    return Calibration(
        engine=EngineRef(str(document["engine"]["id"]), str(document["engine"]["version"])),
        cells={
            (int(cell["enrolled"]), int(cell["probe"])): tuple(map(_point, cell["points"]))
            for cell in document["cells"]
        },
        one_person=float(document["one_person"]),
        data_set=str(document["data_set"]["name"]),
        fitted_on=date.fromisoformat(document["data_set"]["fitted_on"]),
        burst_counts_as=None if burst is None else int(burst),
        days_apart=None if days_apart is None else float(days_apart),
        checked_down_to=None if checked is None else float(checked),
    )


def _point(document: Any) -> Point:  # noqa: ANN401 - whatever a JSON file holds
    fnmr = document["fnmr"]
    return Point(
        fmr=float(document["fmr"]),
        threshold=float(document["threshold"]),
        fnmr=None if fnmr is None else float(fnmr),
        provisional=bool(document["provisional"]),
    )
