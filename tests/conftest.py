"""What most tests start from: a graph of their own, and a session that runs it."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

import tfsession as tf
from tests import skips
from tfsession.devices.lister import CudaLister


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why tests were skipped: without a GPU a third of them are."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        # A report of a skipped test is (file, line, reason).
        reasons = [report.longrepr[2].removeprefix("Skipped: ") for report in skipped]
        terminalreporter.write_line(skips.summary(reasons))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Lets a run take a part of the many tests that follow from records of ops."""
    parser.addoption("--records", default="0/1", help="number of a part / parts, as in 0/8")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drops the records of other parts; a test is always in the same one."""
    part, parts = map(int, config.getoption("--records").split("/"))
    kept = [
        item
        for item in items
        if item.path.name != "test_ops.py" or zlib.crc32(item.nodeid.encode()) % parts == part
    ]
    if len(kept) < len(items):
        chosen = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = kept


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
    # Simulated GPUs and stand-ins, whose tests never skip, show the same subjects.
    library = pytest.importorskip("cupy", reason=skips.NO_GPU)
    if not library.cuda.is_available():
        pytest.skip(skips.NO_GPU)
    return library


@pytest.fixture(autouse=True)
def no_gpu_unless_marked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides real GPUs from tests without the mark, which expect a machine that has none.

    `CUDA_VISIBLE_DEVICES` would hide simulated GPUs, too.
    """
    if request.node.get_closest_marker("gpu") is None:
        defaults = CudaLister.__init__.__kwdefaults__
        monkeypatch.setitem(defaults, "driver", lambda: False)


@pytest.fixture(autouse=True)
def no_faults_of_emulated_gpus() -> Iterator[None]:
    """On emulated GPUs: what CUDA would not report, but no program may do.

    Writes past the end of memory, launches that cannot be, work without an order.
    """
    emulator = sys.modules.get("cuda_on_cpu")
    if emulator is None:
        yield
        return
    before = emulator.counters()["faults"]
    yield
    assert emulator.counters()["faults"] == before, "cuda_on_cpu reports on stderr"
