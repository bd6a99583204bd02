"""`tf.logging`, on Python's own logging.

Messages go to the logger ``tensorflow``: scripts configure it by this name, and their output shows
it. tfsession's own messages come from the logger ``tfsession``; `set_verbosity` sets both.
`TF_CPP_MIN_LOG_LEVEL` is for the latter alone, as in TensorFlow for what is not Python there: 1
leaves infos out, 2 warnings, too, and 3 errors.
"""

from __future__ import annotations

import logging as _logging
import os as _os
import sys as _sys
import threading as _threading
from collections import Counter as _Counter
from typing import Any

DEBUG = _logging.DEBUG
INFO = _logging.INFO
WARN = _logging.WARNING
ERROR = _logging.ERROR
FATAL = _logging.CRITICAL


def _is_wanted(record: _logging.LogRecord) -> bool:
    """Whether `TF_CPP_MIN_LOG_LEVEL` lets a message of tfsession's own pass."""
    least = _os.environ.get("TF_CPP_MIN_LOG_LEVEL", "")
    if not least.isdecimal() or least == "0":
        return True
    return record.levelno > (INFO, INFO, WARN, ERROR)[min(int(least), 3)]


_logging.getLogger("tfsession").addFilter(_is_wanted)

_lock = _threading.Lock()
_logger: _logging.Logger | None = None
# How often each line of code has asked to log.
_calls: _Counter[tuple[str, int]] = _Counter()


def get_logger() -> _logging.Logger:
    """The logger behind this module.

    On its first use it gets a handler for stderr, unless the program has set up logging itself.
    """
    global _logger
    with _lock:
        if _logger is None:
            _logger = _logging.getLogger("tensorflow")
            if not _logger.handlers and not _logging.getLogger().handlers:
                handler = _logging.StreamHandler()
                handler.setFormatter(_logging.Formatter(_logging.BASIC_FORMAT))
                _logger.addHandler(handler)
        return _logger


def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at a level.

    Args:
      level: one of the constants of this module, or a number.
      msg: the message, with %-placeholders for `args`.
      *args: what the placeholders stand for.
      **kwargs: as for `logging.Logger.log`.
    """
    _log(level, msg, args, kwargs)


def _log(level: int, msg: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    # The caller's line is two frames up, whatever function of this module was called.
    get_logger().log(level, msg, *args, **{**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 2})


def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level DEBUG."""
    _log(DEBUG, msg, args, kwargs)


def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level INFO."""
    _log(INFO, msg, args, kwargs)


def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level WARN."""
    _log(WARN, msg, args, kwargs)


warn = warning


def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level ERROR."""
    _log(ERROR, msg, args, kwargs)


def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at level FATAL; the program goes on."""
    _log(FATAL, msg, args, kwargs)


def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Logs a message at a level; the same as `log`."""
    _log(level, msg, args, kwargs)


def TaskLevelStatusMessage(msg: Any) -> None:  # TensorFlow's name
    """Logs a message at level ERROR."""
    _log(ERROR, msg, (), {})


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Logs a message if a condition holds."""
    if condition:
        _log(level, msg, args, {})


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs a message in the first of every `n` calls from the same line of code."""
    if not _earlier_calls() % n:
        _log(level, msg, args, {})


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Logs a message in the first `n` calls from the same line of code."""
    if _earlier_calls() < n:
        _log(level, msg, args, {})


def _earlier_calls() -> int:
    """How often the line that called the caller has done so before."""
    frame = _sys._getframe(2)
    place = (frame.f_code.co_filename, frame.f_lineno)
    with _lock:
        _calls[place] += 1
        return _calls[place] - 1


def set_verbosity(v: int | str) -> None:
    """Shows messages of this level and above: those of this module, and tfsession's own."""
    get_logger().setLevel(v)
    _logging.getLogger("tfsession").setLevel(v)


def get_verbosity() -> int:
    """The level from which on messages are shown."""
    return get_logger().getEffectiveLevel()


def flush() -> None:
    """Writes out what handlers hold back."""
    logger: _logging.Logger | None = get_logger()
    while logger is not None:
        for handler in logger.handlers:
            handler.flush()
        logger = logger.parent if logger.propagate else None


__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "TaskLevelStatusMessage",
    "debug",
    "error",
    "fatal",
    "flush",
    "get_verbosity",
    "info",
    "log",
    "log_every_n",
    "log_first_n",
    "log_if",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]
