"""`tf.train.SecondOrStepTimer`: what happens every few seconds or steps."""

from __future__ import annotations

import time

__all__ = ["SecondOrStepTimer"]


class SecondOrStepTimer:
    """Says whether something is due at a step.

    Source: TensorFlow 1.15 `tf.train.SecondOrStepTimer`.
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        """Creates a timer, due at the first step it is asked about.

        Args:
          every_secs: seconds between two steps that are due.
          every_steps: steps between them.

        Raises:
          ValueError: neither or both are given.
        """
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forgets what was done: the next step is due."""
        self._last_step: int | None = None
        self._last_time = 0.0

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether a step is due; none is due twice in a row.

        Args:
          step: its number.
        """
        if self._last_step is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        return step >= self._last_step + (self._every_steps or 0)

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that it has been done at a step.

        Args:
          step: its number.

        Returns:
          Seconds and steps since the time before; None and None the first time.
        """
        now = time.time()
        passed: tuple[float | None, int | None] = (None, None)
        if self._last_step is not None:
            passed = now - self._last_time, step - self._last_step
        self._last_time = now
        self._last_step = step
        return passed

    def last_triggered_step(self) -> int | None:
        """The last step at which it was done; None where there is none."""
        return self._last_step
