"""`Progbar`: how far a loop is, as one line that is written over."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

__all__ = ["Progbar"]


class Progbar:
    """A bar with the mean of values.

    Args:
      target: the number of steps; None where it is not known.
      width: of the bar, in characters.
      verbose: 0 writes nothing, 1 a bar, 2 a line at the end.
      interval: the time between two updates at least, in seconds.
      stateful_metrics: the names of values that are not averaged.
      unit_name: "step" or "sample".

    Source: TensorFlow 1.15 `tf.keras.utils.Progbar`.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        unit_name: str = "step",
    ) -> None:
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self._width_before = 0
        self._seen = 0
        self._values: dict[str, list[float]] = {}
        self._start = time.time()
        self._updated = 0.0

    def update(self, current: int, values: Any = None) -> None:
        """Shows where the loop is.

        Args:
          current: how many steps are done.
          values: pairs of a name and a number.
        """
        self._take(current, values or ())
        now = time.time()
        info = f" - {now - self._start:.0f}s"
        is_last = self.target is not None and current >= self.target
        if self.verbose == 1:
            if now - self._updated < self.interval and self.target is not None and not is_last:
                return
            self._write_bar(current, info, now, is_last)
        elif self.verbose == 2 and (self.target is None or is_last):
            digits = 1 if not self.target else int(np.log10(self.target)) + 1
            count = f"{current:{digits}d}/{self.target}"
            sys.stdout.write(f"{count}{info}{self._described()}\n")
            sys.stdout.flush()
        self._updated = now

    def add(self, n: int, values: Any = None) -> None:
        """Goes on by some steps."""
        self.update(self._seen + n, values)

    def _take(self, current: int, values: Any) -> None:
        for name, value in values:
            if name in self.stateful_metrics:
                self._values[name] = [value, 1]
                continue
            # As in TensorFlow, which counts a call without progress as one step.
            steps = max(current - self._seen, 1)
            total = self._values.setdefault(name, [0.0, 0])
            total[0] += value * steps
            total[1] += steps
        self._seen = current

    def _write_bar(self, current: int, info: str, now: float, is_last: bool) -> None:
        sys.stdout.write("\b" * self._width_before + "\r")
        bar = self._bar(current, is_last)
        sys.stdout.write(bar)
        unit = (now - self._start) / current if current else 0
        if self.target is not None and not is_last:
            info = f" - ETA: {_clock(unit * (self.target - current))}"
        elif unit >= 1 or unit == 0:
            info += f" {unit:.0f}s/{self.unit_name}"
        elif unit >= 1e-3:
            info += f" {unit * 1e3:.0f}ms/{self.unit_name}"
        else:
            info += f" {unit * 1e6:.0f}us/{self.unit_name}"
        info += self._described()
        width = len(bar) + len(info)
        if self._width_before > width:
            info += " " * (self._width_before - width)
        self._width_before = width
        sys.stdout.write(info + ("\n" if is_last else ""))
        sys.stdout.flush()

    def _bar(self, current: int, is_last: bool) -> str:
        if self.target is None:
            return f"{current:7d}/Unknown"
        digits = int(np.floor(np.log10(self.target))) + 1
        done = int(self.width * float(current) / self.target)
        bar = f"{current:{digits}d}/{self.target} ["
        if done > 0:
            bar += "=" * (done - 1) + ("=" if is_last else ">")
        return bar + "." * (self.width - done) + "]"

    def _described(self) -> str:
        text = ""
        for name, (total, count) in self._values.items():
            mean = float(np.mean(total / max(1, count)))
            text += f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}"
        return text


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    if seconds > 60:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole}s"
