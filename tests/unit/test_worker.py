"""A worker that is told to end ends, whatever it is in the middle of."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.workers.gthread import PollableMethodQueue

from facelogin.worker import Worker


@pytest.mark.timeout(10)
def test_a_signal_in_the_middle_of_handing_over_a_request_ends_the_worker_after_that() -> None:
    worker = Worker.__new__(Worker)
    worker.alive, worker.method_queue = True, PollableMethodQueue()
    worker.method_queue.init()
    with ThreadPoolExecutor(1) as worker.tpool:
        with worker.tpool._shutdown_lock:  # as `submit` holds it
            worker.handle_quit(signal.SIGQUIT, None)
        assert not worker.alive
        with pytest.raises(SystemExit):
            worker.method_queue.run_callbacks(None)
    worker.method_queue.close()
