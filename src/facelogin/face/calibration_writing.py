"""A table as the document that ``calibration.load_calibration`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facelogin.domain.calibration import Calibration
from facelogin.face.calibration import FORMAT


def as_document(
    calibration: Calibration, *, facts: Mapping[str, Any], people: Mapping[tuple[int, int], int]
) -> dict[str, Any]:
    """Return the table as JSON. ``facts`` are more about the data set, for people to read.

    ``people`` is how many had images enough for both sides, by (enrolled, probe).
    """
    return {
        "format": FORMAT,
        "engine": {"id": calibration.engine.id, "version": calibration.engine.version},
        "data_set": {
            "name": calibration.data_set,
            "fitted_on": calibration.fitted_on.isoformat(),
            **facts,
        },
        "one_person": calibration.one_person,
        "burst_counts_as": calibration.burst_counts_as,
        "days_apart": calibration.days_apart,
        "checked_down_to": calibration.checked_down_to,
        "cells": [
            {
                "enrolled": enrolled,
                "probe": probe,
                "people": people[enrolled, probe],
                "points": [
                    {
                        "fmr": point.fmr,
                        "threshold": point.threshold,
                        "fnmr": point.fnmr,
                        "provisional": point.provisional,
                    }
                    for point in points
                ],
            }
            for (enrolled, probe), points in calibration.cells.items()
        ],
    }
