"""What describes a mistake: a program, and the error that it ends with.

Programs start with what `PRELUDE` of tests/oracle/programs.py defines, with `folder`, the path of
an empty folder, with `CallableOptions`, and with `register`, for the function
`register_session_run_conversion_functions`. tests/test_mistakes.py runs them;
tests/oracle/compare.py runs the same programs on TensorFlow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A program that fails.

    Attributes:
      rule: the rule of the contract that names the error, as in tests/test_session_rules.py or
        tests/test_queue_rules.py.
      source: the program; its session is `sess`, which must run afterwards.
      error: the name of the class of the error, exactly.
      message: its text, without the node in brackets at the end; a pattern where parts of it
        depend on the place or the release of Python.
      op: the name of the operation that the error is about, as in `error.op.name`.
    """

    rule: str
    source: str
    error: str
    message: str | re.Pattern[str]
    op: str | None = None


def text_of(error: Exception) -> str:
    """The text of an error, without the node in brackets and without numbers of resources."""
    message = str(getattr(error, "message", None) or error)
    message = re.sub(r"\n\t \[\[.*", "", message, flags=re.DOTALL)
    return re.sub(r"'_\d+_", "'_0_", message)
