"""Each error of the contract: its class, its text, its operation, and the session that runs on."""

from __future__ import annotations

import collections
import re

import numpy as np
import pytest

import tfsession as tf
from tests.mistakes import MISTAKES
from tests.mistakes.record import text_of
from tests.oracle.programs import PRELUDE
from tfsession.protos import CallableOptions
from tfsession.run.fetches import register_session_run_conversion_functions


def names_of(folder):
    """What a program can use, after the prelude."""
    names = {
        "tf": tf,
        "np": np,
        "collections": collections,
        "CallableOptions": CallableOptions,
        "register": register_session_run_conversion_functions,
        "folder": str(folder),
    }
    exec(PRELUDE, names)
    return names


def failure(source, names):
    """The error that a program ends with."""
    try:
        exec(compile(source, "<program>", "exec"), names)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(name, tmp_path):
    mistake = MISTAKES[name]
    with tf.Graph().as_default():
        names = names_of(tmp_path)
        error = failure(mistake.source, names)
        assert error is not None, "nothing was raised"
        assert type(error).__name__ == mistake.error, error
        if isinstance(mistake.message, re.Pattern):
            assert mistake.message.fullmatch(text_of(error)), text_of(error)
        else:
            assert text_of(error) == mistake.message
        found = getattr(error, "op", None)
        assert (found and found.name) == mistake.op
        session = names["sess"]
        assert session.run(names["a"]) == 1, "the session runs afterwards"
        assert session.run(names["y"], {"x:0": [1, 2]}).tolist() == [2, 4]
        session.close()
