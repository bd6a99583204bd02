"""The Coordinator: stopping, joining, and the error that wins."""

from __future__ import annotations

import logging
import sys
import threading
import time

import pytest

from tfsession import errors
from tfsession.train.coordinator import Coordinator, LooperThread

PATIENCE = 20


def started(function, name="worker"):
    thread = threading.Thread(target=function, name=name, daemon=True)
    thread.start()
    return thread


def test_a_stop_is_seen_by_all():
    coord = Coordinator()
    assert not coord.should_stop()
    assert not coord.wait_for_stop(0)
    threads = [started(coord.wait_for_stop) for _ in range(3)]
    coord.request_stop()
    coord.join(threads)
    assert coord.should_stop()
    assert coord.joined


def test_join_ends_when_the_threads_have_ended():
    coord = Coordinator()
    coord.register_thread(started(lambda: None))
    coord.join()
    assert not coord.should_stop()


def test_the_first_error_is_raised_by_join():
    coord = Coordinator()
    coord.request_stop(ValueError("first"))
    coord.request_stop(KeyError("second"))
    with pytest.raises(ValueError, match="first"):
        coord.raise_requested_exception()
    with pytest.raises(ValueError, match="first"):
        coord.join([])


def test_an_error_keeps_its_traceback():
    coord = Coordinator()

    def culprit():
        raise ValueError("deep")

    try:
        culprit()
    except ValueError:
        coord.request_stop(sys.exc_info())
    with pytest.raises(ValueError, match="deep") as caught:
        coord.join([])
    assert "culprit" in [entry.name for entry in caught.traceback]


def test_clean_errors_only_stop():
    coord = Coordinator()
    coord.request_stop(errors.OutOfRangeError(None, None, "end"))
    coord.join([])
    assert coord.should_stop()
    coord = Coordinator(clean_stop_exception_types=(KeyError,))
    coord.request_stop(errors.OutOfRangeError(None, None, "end"))
    with pytest.raises(errors.OutOfRangeError):
        coord.join([])


def test_after_joining_an_error_is_raised_at_once():
    coord = Coordinator()
    coord.request_stop()
    coord.join([])
    coord.request_stop()
    with pytest.raises(ValueError, match="late"):
        coord.request_stop(ValueError("late"))


def test_after_joining_the_end_of_the_data_is_no_error():
    coord = Coordinator()
    coord.request_stop()
    coord.join([])
    coord.request_stop(errors.OutOfRangeError(None, None, "end"))


def test_an_error_is_logged(caplog):
    coord = Coordinator()
    with caplog.at_level(logging.INFO, "tfsession"):
        coord.request_stop(ValueError("why"))
        coord.request_stop(ValueError("later"))
    assert [record.message for record in caplog.records] == [
        "Error reported to Coordinator: <class 'ValueError'>, why"
    ]


def test_clear_stop_forgets_everything():
    coord = Coordinator()
    coord.request_stop(ValueError("old"))
    coord.clear_stop()
    assert not coord.should_stop()
    coord.join([])
    coord.clear_stop()
    assert not coord.joined


def test_stop_on_exception_reports_and_swallows():
    coord = Coordinator()
    with coord.stop_on_exception():
        raise ValueError("inside")
    assert coord.should_stop()
    with pytest.raises(ValueError, match="inside"):
        coord.join([])


def test_threads_that_do_not_stop_are_named():
    coord = Coordinator()
    end = threading.Event()
    threads = [started(end.wait, "first"), started(end.wait, "second")]
    coord.request_stop()
    with pytest.raises(RuntimeError) as caught:
        coord.join(threads, stop_grace_period_secs=0.01)
    assert str(caught.value) == "Coordinator stopped with threads still running: first second"
    coord.join(threads, stop_grace_period_secs=0, ignore_live_threads=True)
    end.set()


def test_an_error_comes_before_threads_that_do_not_stop():
    coord = Coordinator()
    end = threading.Event()
    coord.register_thread(started(end.wait))
    coord.request_stop(ValueError("cause"))
    with pytest.raises(ValueError, match="cause"):
        coord.join(stop_grace_period_secs=0.01)
    end.set()


# ---- LooperThread ----


def test_a_looper_calls_until_the_stop():
    coord, calls = Coordinator(), []

    def call(value, key):
        calls.append((value, key))
        if len(calls) == 3:
            coord.request_stop()

    looper = LooperThread.loop(coord, 0, call, args=(1,), kwargs={"key": 2})
    coord.join()
    assert calls == [(1, 2)] * 3
    assert looper.daemon


def test_a_looper_calls_at_once_and_then_at_intervals(monkeypatch):
    coord, moments, now = Coordinator(), [], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds
        return coord.should_stop()

    def call():
        moments.append(now[0])
        now[0] += 3 if len(moments) == 2 else 0.5
        if len(moments) == 4:
            coord.request_stop()

    monkeypatch.setattr(coord, "wait_for_stop", wait)
    LooperThread(coord, 2, call).run()
    # The second call takes longer than an interval: the third follows at once.
    assert moments == [100, 102, 105, 106]


def test_a_looper_without_interval_calls_without_pause():
    coord, calls = Coordinator(), []

    class Looper(LooperThread):
        def start_loop(self):
            calls.append("start")

        def run_loop(self):
            calls.append("run")
            coord.request_stop()

        def stop_loop(self):
            calls.append("stop")

    Looper(coord, None).start()
    coord.join()
    assert calls == ["start", "run", "stop"]


def test_an_error_in_a_looper_is_reported():
    coord = Coordinator()

    def fail():
        raise ValueError("loop")

    LooperThread.loop(coord, 60, fail)
    with pytest.raises(ValueError, match="loop"):
        coord.join()


def test_looper_arguments_are_checked():
    with pytest.raises(ValueError, match="'coord' argument must be a Coordinator: None"):
        LooperThread(None, 1)  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ValueError, match="require that you also pass 'target'"):
        LooperThread(Coordinator(), 1, args=(1,))
