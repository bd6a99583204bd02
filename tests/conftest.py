"""What most tests start from: a graph of their own, and a session that runs it."""

from __future__ import annotations

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
