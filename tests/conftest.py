"""What most tests start from: a graph of their own, and a session that runs it."""

from __future__ import annotations

from typing import Any

import pytest

import tfsession as tf


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def session(graph):
    with tf.Session(graph=graph) as session:
        yield session


@pytest.fixture(scope="session")
def real_cupy() -> Any:
    """CuPy where there is a GPU; elsewhere a test that computes on one has nothing to run on."""
    library = pytest.importorskip("cupy")
    if not library.cuda.is_available():
        # Simulated GPUs and stand-ins, whose tests never skip, show the same subjects.
        pytest.skip("no GPU")
    return library
