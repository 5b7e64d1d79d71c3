"""Measures as Prometheus takes them, added up over every worker process of one server.

prometheus_client chooses when it is imported, by one environment variable, whether a value lives
in memory or in a file that other processes read. So it is imported here, when measures are made,
and ``metrics.folder`` sets the variable before any process can come this far.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from facelogin.domain import measures
from facelogin.metrics.folder import VARIABLE

if TYPE_CHECKING:
    from facelogin.domain.measures import Count, Duration, Figure, Level

_Metric = TypeVar("_Metric", Counter, Histogram, Gauge)

_log = logging.getLogger(__name__)


class PrometheusMeasures:
    """Counts in memory, or in a folder that the processes of one server share."""

    def __init__(self, build: Mapping[str, str]) -> None:
        self._registry = registry = CollectorRegistry()
        self._build = _Build(build)
        registry.register(self._build)
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self._gauges: dict[str, Gauge] = {}
        for what in measures.ALL:
            match what:
                case measures.Count(name, text, labels):
                    self._counters[name] = Counter(name, text, labels, registry=registry)
                case measures.Duration(name, text, bounds_s, labels):
                    self._histograms[name] = Histogram(
                        name, text, labels, buckets=bounds_s, registry=registry
                    )
                case measures.Level(name, text, labels):
                    self._gauges[name] = Gauge(
                        name, text, labels, registry=registry, multiprocess_mode="livesum"
                    )
                case measures.Figure(name, text, labels):
                    self._gauges[name] = Gauge(
                        name, text, labels, registry=registry, multiprocess_mode="livemax"
                    )
        self._complained = False

    def count(self, what: Count, *labels: str) -> None:
        """Count one more of ``what``."""
        try:
            _of(self._counters[what.name], labels).inc()
        except OSError as error:
            self._complain(error)

    def observe(self, what: Duration, seconds: float, *labels: str) -> None:
        """Note that ``what`` took that long this time."""
        try:
            _of(self._histograms[what.name], labels).observe(seconds)
        except OSError as error:
            self._complain(error)

    def change(self, what: Level, by: int, *labels: str) -> None:
        """Note that there is more (or less) of ``what`` now."""
        try:
            _of(self._gauges[what.name], labels).inc(by)
        except OSError as error:
            self._complain(error)

    def tell(self, what: Figure, value: float, *labels: str) -> None:
        """Note that ``what`` has this value from now on; of several processes', the highest."""
        try:
            _of(self._gauges[what.name], labels).set(value)
        except OSError as error:
            self._complain(error)

    def exposition(self) -> bytes:
        """Return every measure in the text format, all worker processes added up."""
        if VARIABLE not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        registry.register(self._build)
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _complain(self, error: OSError) -> None:
        """Say once that the folder can't be written; a login is worth more than its measure."""
        if not self._complained:
            self._complained = True
            _log.warning("measures can't be kept", extra={"reason": error.strerror})


class _Build(Collector):
    """Tells which build answers; the same in every process, so it is kept in none."""

    def __init__(self, build: Mapping[str, str]) -> None:
        self._build = dict(build)

    def collect(self) -> Iterator[InfoMetricFamily]:
        yield InfoMetricFamily("facelogin_build", "What runs here.", value=self._build)


def _of(metric: _Metric, labels: tuple[str, ...]) -> _Metric:
    return metric.labels(*labels) if labels else metric
