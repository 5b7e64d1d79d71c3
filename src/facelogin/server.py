"""The web server process: gunicorn, threads, and an application built after the fork."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi

from facelogin.client_stream import reading_clients
from facelogin.domain.errors import ConfigurationError
from facelogin.logs import configure_logging
from facelogin.memory import limit_arenas
from facelogin.metrics.folder import forget_process, make_folder, remove_folder
from facelogin.metrics.own_port import on_own_port
from facelogin.server_log import ServerLog
from facelogin.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed.wsgi import WSGIApplication

    from facelogin.domain.models import EngineRef
    from facelogin.services.presence import Presence
    from facelogin.services.wiring import Services
    from facelogin.settings import Settings

_IDLE_S = 75
"""How long a connection may wait for its next request, or its first. A proxy should be the one to
close it, or now and then it sends a request just as we close: nginx keeps idle ones for 60 s."""

_SWITCH_S = 0.0005
"""After how long a thread that computes in Python lets another one go on. A sign-in hands over some
twenty times, and beside four requests that were being parsed waited for a second with Python's own
5 ms."""
_PORTS_TO_TRY = 20
_BACKLOG = 128


def listen(host: str, port: int, *, or_next: bool, chosen_with: str = "--port") -> socket.socket:
    """Return a socket listening on ``host``:``port``, or on the next free port if ``or_next``.

    Port 0 takes any free one. ``chosen_with`` is the option or setting that named it. Raises
    ConfigurationError where nothing can be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = port + (_PORTS_TO_TRY if or_next else 1)
    for candidate in range(port, last):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise ConfigurationError(
                    f"Can't listen on {host} port {candidate}: {error.strerror}."
                ) from error
            continue
        listener.listen(_BACKLOG)
        listener.set_inheritable(True)
        return listener
    raise ConfigurationError(
        f"Port {port} on {host} is in use"
        + (f", and so are the {_PORTS_TO_TRY - 1} after it." if or_next else ".")
        + f" Choose another with {chosen_with}."
    )


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Runs the application in worker processes until it is told to stop.

    SIGTERM lets requests that are under way finish. Each worker builds its own application, so no
    network, thread or connection crosses a fork. It takes the listener for its own, and the one
    for the measures where there is one. ``address`` is where people reach it, if no setting says.
    """

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        *,
        workers: int,
        when_ready: Callable[[], None],
        beside: Sequence[EngineRef] = (),
        metrics: socket.socket | None = None,
        address: str | None = None,
    ) -> None:
        from facelogin.bootstrap import load_notice

        self._settings = settings
        self._address = address
        self._presence: Presence | None = None  # a worker's own
        self._services: Services | None = None  # likewise
        self._notice = load_notice(settings)  # once, so that no worker tells another text
        self._beside = tuple(beside)  # likewise, so that no worker knows other templates
        self._metrics_port = metrics.getsockname()[1] if metrics else None
        listeners = [listener] if metrics is None else [listener, metrics]
        self._options: dict[str, Any] = {
            # gunicorn's from here on, and gunicorn closes them
            "bind": [f"fd://{one.detach()}" for one in listeners],
            "workers": workers,
            "worker_class": Worker,
            "threads": settings.threads,
            "timeout": 60,
            "graceful_timeout": 30,
            "keepalive": _IDLE_S,
            "loglevel": "warning",
            "logger_class": ServerLog,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "when_ready": lambda _arbiter: when_ready(),
            "worker_exit": lambda _arbiter, _worker: self._leave(),
        }
        if settings.measured:
            folder = make_folder()  # before anything here can import prometheus_client
            self._options |= {
                "child_exit": lambda _arbiter, worker: forget_process(folder, worker.pid),
                "on_exit": lambda _arbiter: remove_folder(folder),
            }
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its options; no file and no command line of its own has a say."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Build the application in a worker and load its networks before the first request.

        The store is not asked anything: a worker that takes the place of another while the store
        is away has to start, and to answer 503 until the store is back.
        """
        from facelogin.api.app import create_app
        from facelogin.api.metrics import metrics_app
        from facelogin.bootstrap import WEBAPP, build_measures, build_services

        limit_arenas()
        sys.setswitchinterval(_SWITCH_S)
        wsgi.SERVER = "facelogin"  # the Server header names no library
        configure_logging(as_json=self._settings.in_production)
        measures = build_measures(self._settings)
        services = build_services(
            self._settings,
            prepare=False,
            beside=self._beside,
            measures=measures,
            notice=self._notice,
            address=self._address,
        )
        services.engine.load()
        services.detector.load()
        self._services = services
        self._presence = services.presence
        self._presence.start()
        services.gallery.start()
        exposition = measures.exposition if measures else None
        app: WSGIApplication = create_app(
            services, self._settings, webapp=WEBAPP, exposition=exposition
        )
        if exposition is not None and self._metrics_port is not None:
            app = on_own_port(app, metrics_app(exposition), other_port=self._metrics_port)
        return reading_clients(app)

    def _leave(self) -> None:
        """Say in the store that this worker has ended, and end what it began. Runs last."""
        if self._presence is not None:
            self._presence.stop()
        if self._services is not None:
            self._services.close()
