"""tf.logging."""

from __future__ import annotations

import logging as standard
import subprocess
import sys

import pytest

from tfsession import logging


@pytest.fixture(autouse=True)
def _levels():
    loggers = [logging.get_logger(), standard.getLogger("tfsession")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_numbers():
    numbers = (logging.DEBUG, logging.INFO, logging.WARN, logging.ERROR, logging.FATAL)
    assert numbers == (10, 20, 30, 40, 50)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("debug", "DEBUG"),
        ("info", "INFO"),
        ("warn", "WARNING"),
        ("warning", "WARNING"),
        ("error", "ERROR"),
        ("fatal", "CRITICAL"),
    ],
)
def test_levels(name, level, caplog):
    logging.set_verbosity(logging.DEBUG)
    getattr(logging, name)("loss %s at %d", 0.5, 3)
    (record,) = caplog.records
    assert (record.levelname, record.name) == (level, "tensorflow")
    assert record.getMessage() == "loss 0.5 at 3"
    # The line is the caller's.
    assert record.filename == "test_logging.py"


def test_by_number(caplog):
    logging.set_verbosity(logging.INFO)
    logging.log(logging.INFO, "a %s", 1)
    logging.vlog(logging.DEBUG, "b")
    logging.vlog(logging.ERROR, "c")
    logging.TaskLevelStatusMessage("d")
    logging.log_if(logging.INFO, "e", False)
    logging.log_if(logging.INFO, "f %d", True, 2)
    assert [r.getMessage() for r in caplog.records] == ["a 1", "c", "d", "f 2"]
    assert {r.filename for r in caplog.records} == {"test_logging.py"}


def test_verbosity(caplog):
    logging.set_verbosity(logging.ERROR)
    assert logging.get_verbosity() == 40
    logging.warning("hidden")
    standard.getLogger("tfsession").warning("hidden too")
    logging.error("shown")
    assert [r.getMessage() for r in caplog.records] == ["shown"]


def test_some_of_many(caplog):
    for step in range(7):
        logging.log_every_n(logging.ERROR, "every %d", 3, step)
        logging.log_first_n(logging.ERROR, "first %d", 2, step)
    messages = [r.getMessage() for r in caplog.records]
    assert [m for m in messages if "every" in m] == ["every 0", "every 3", "every 6"]
    assert [m for m in messages if "first" in m] == ["first 0", "first 1"]
    # Another line counts for itself.
    logging.log_first_n(logging.ERROR, "again", 1)
    assert caplog.records[-1].getMessage() == "again"


def test_output_of_a_script():
    code = (
        "from tfsession import logging; logging.info('no'); logging.warning('yes');"
        "logging.set_verbosity(logging.INFO); logging.info('now'); logging.flush();"
        "print(logging.get_verbosity())"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr == "WARNING:tensorflow:yes\nINFO:tensorflow:now\n"
    assert result.stdout == "20\n"


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (None, ["info", "warning", "error"]),
        ("0", ["info", "warning", "error"]),
        ("1", ["warning", "error"]),
        ("2", ["error"]),
        ("3", []),
        ("99", []),
        ("loud", ["info", "warning", "error"]),
    ],
)
def test_messages_of_the_runtime_follow_the_variable(level, shown, monkeypatch, caplog):
    if level is None:
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    else:
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", level)
    with caplog.at_level(standard.INFO, "tfsession"):
        for name in ("info", "warning", "error"):
            getattr(standard.getLogger("tfsession"), name)(name)
            getattr(standard.getLogger("tensorflow"), name)("of programs")
    assert [r.message for r in caplog.records if r.name == "tfsession"] == shown
    assert "of programs" in caplog.messages
