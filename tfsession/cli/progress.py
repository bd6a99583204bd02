"""`tfsession run --progress`: what a silent script is doing, in a line every so many seconds.

    tfsession: 1200 runs, 119.8 a second; GPU:0 1.2 GiB of 16.0 GiB; step 1200: loss 0.0312

Runs are those of sessions of this process, memory is what sessions hold on GPUs, and scalars are
the last ones that the script gave a summary writer. The last line tells the rate of the whole.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfsession.compile.program import short_device
from tfsession.devices.device import size_text
from tfsession.protos import Event
from tfsession.run.runner import open_runners
from tfsession.run.session import BaseSession
from tfsession.train.file_writer import EventFileWriter

SECONDS = 10.0
# Scalars in a line.
_MOST_SCALARS = 4


class Progress:
    """What has happened since the last line.

    Attributes:
      runs: how many runs have ended.
    """

    def __init__(self, now: float) -> None:
        """Begins.

        Args:
          now: seconds, by a clock that never goes back.
        """
        self.runs = 0
        self._lock = threading.Lock()
        self._start = self._at = now
        self._told = 0
        self._step: int | None = None
        self._scalars: dict[str, float] = {}

    def ran(self) -> None:
        """Notes that a run has ended."""
        with self._lock:
            self.runs += 1

    def written(self, event: Event) -> None:
        """Notes the scalars of an event that goes to a file."""
        found = {
            value.tag: value.simple_value
            for value in event.summary.value
            if value.WhichOneof("value") == "simple_value"
        }
        with self._lock:
            if found:
                self._step = event.step
                self._scalars.update(found)

    def line(self, now: float, is_last: bool = False) -> str:
        """What there is to say, since the last line, or since the beginning."""
        with self._lock:
            told, at = (0, self._start) if is_last else (self._told, self._at)
            since, seconds = self.runs - told, now - at
            self._told, self._at = self.runs, now
            scalars, step = dict(self._scalars), self._step
        rate = since / seconds if seconds > 0 else 0.0
        parts = [f"{self.runs} runs, {rate:.1f} a second", *_memory()]
        if scalars:
            shown = list(scalars.items())[:_MOST_SCALARS]
            left = f", and {len(scalars) - len(shown)} more" if len(scalars) > len(shown) else ""
            values = ", ".join(f"{tag} {value:.4g}" for tag, value in shown)
            parts.append(f"step {step}: {values}{left}")
        return f"tfsession: {'; '.join(parts)}"


def _memory() -> Iterator[str]:
    """What the open sessions hold on each GPU."""
    held: dict[str, tuple[int, int]] = {}
    for runner in open_runners.all():
        for name, device in runner.devices.items():
            if not device.on_host:
                statistics = device.memory_statistics()
                before = held.get(name, (0, 0))[0]
                held[name] = before + statistics.in_use, statistics.limit
    for name, (in_use, limit) in sorted(held.items()):
        yield f"{short_device(name)} {size_text(in_use)} of {size_text(limit)}"


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def shown(
    seconds: float,
    write: Callable[[str], object] | None = None,
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
) -> Iterator[Progress]:
    """Writes a line every so many seconds, and one at the end.

    Args:
      seconds: between two lines.
      write: takes a line; default: stderr.
      wait: waits for the end, at most so many seconds, and says whether it has come.
    """
    write = write or _write
    progress = Progress(time.monotonic())
    ended = threading.Event()

    def tell() -> None:
        while not wait(ended, seconds):
            write(progress.line(time.monotonic()))

    thread = threading.Thread(target=tell, name="tfsession progress", daemon=True)
    with _watched(progress):
        thread.start()
        try:
            yield progress
        finally:
            ended.set()
            thread.join()
            write(progress.line(time.monotonic(), is_last=True))


@contextlib.contextmanager
def _watched(progress: Progress) -> Iterator[None]:
    """Lets sessions and summary writers tell what they do."""
    run, add_event = BaseSession.run, EventFileWriter.add_event

    @functools.wraps(run)
    def counted(session: BaseSession, *arguments: Any, **keywords: Any) -> Any:
        result = run(session, *arguments, **keywords)
        progress.ran()
        return result

    @functools.wraps(add_event)
    def noted(writer: EventFileWriter, event: Event) -> None:
        progress.written(event)
        add_event(writer, event)

    watched: list[tuple[Any, str, Any, Any]] = [
        (BaseSession, "run", run, counted),
        (EventFileWriter, "add_event", add_event, noted),
    ]
    for owner, name, _, other in watched:
        setattr(owner, name, other)
    try:
        yield
    finally:
        for owner, name, own, _ in watched:
            setattr(owner, name, own)
