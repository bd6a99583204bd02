"""Summaries and event files against what TensorFlow 1.15 makes of the same programs."""

from __future__ import annotations

import functools
import json
import logging
import resource
import signal
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, strategies

import tfsession as tf
from tests.golden import record_summaries as programs
from tests.programs import run_python
from tfsession.formats.images import encode_png
from tfsession.names import old
from tfsession.train.file_writer import EventFileWriter

GOLDEN = Path(__file__).parent / "golden" / "summaries.json"


@functools.cache
def golden():
    return json.loads(GOLDEN.read_text())


def pixels(png):
    """Decodes a PNG file whose rows are differences from pixel to pixel."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    dtype = np.dtype(f">u{png[24] // 8}")
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[png[25]]
    size = int.from_bytes(png[33:37], "big")
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + size]), np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 1).all()
    pixel = channels * dtype.itemsize
    differences = rows[:, 1:].reshape(height, width, pixel)
    values = np.add.accumulate(differences, axis=1, dtype=np.uint8)
    return np.ascontiguousarray(values).view(dtype).reshape(height, width, channels)


@pytest.mark.parametrize("name", programs.SUMMARIES)
def test_a_program_gives_tensorflows_summary(name):
    expected = golden()["summaries"][name]
    found = programs.outcome(tf, programs.SUMMARIES[name], pixels)
    message = tf.Summary.FromString(bytes.fromhex(found["summary"]))
    assert message == tf.Summary.FromString(bytes.fromhex(expected["summary"]))
    assert found["operations"] == expected["operations"]
    assert found["collections"] == expected["collections"]
    assert found["summary"] == expected["summary"]


@pytest.mark.parametrize("name", programs.MISTAKES)
def test_a_mistake_gives_tensorflows_error(name):
    assert programs.mistake(tf, programs.MISTAKES[name]) == golden()["mistakes"][name]


def test_events_are_tensorflows(tmp_path):
    assert programs.events(tf, str(tmp_path / "a" / "b")) == golden()["events"]


# ---- Operations ----


def test_an_imported_graph_needs_no_namespace():
    printed = run_python(
        "import sys, tfsession as tf\n"
        "graph_def = tf.GraphDef()\n"
        "node = graph_def.node.add(name='s', op='MergeSummary')\n"
        "node.attr['N'].i = 1\n"
        "node.input.append('c')\n"
        "node = graph_def.node.add(name='c', op='Const')\n"
        "node.attr['dtype'].type = 7\n"
        "node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(''))\n"
        "tf.import_graph_def(graph_def, name='')\n"
        "print(tf.Session().run('s:0'), 'tfsession.summary' in sys.modules)\n"
    )
    assert printed == "b'' False\n"


def test_images_of_16_bits():
    image = np.arange(24, dtype=np.uint16).reshape(2, 4, 3) * 2711
    np.testing.assert_array_equal(pixels(encode_png(image)), image)


def test_a_description_is_read_from_its_operation(graph):
    summary = tf.raw_ops.TensorSummary(tensor=1.0, description='{"typeHint": "hint"}')
    described = tf.summary.get_summary_description(summary.op.node_def)
    assert described == tf.summary.SummaryDescription(type_hint="hint")


def test_an_illegal_name_is_logged(graph, caplog):
    with caplog.at_level(logging.INFO, "tensorflow"):
        tf.summary.scalar("my loss", 1.0)
    assert "Summary name my loss is illegal; using my_loss instead." in caplog.text


def test_summaries_run_on_the_cpu(graph):
    tf.summary.scalar("a", tf.ones([]) * 2)
    config = tf.ConfigProto(device_count={"GPU": 0})
    with tf.Session(config=config) as session:
        message = tf.Summary.FromString(session.run(tf.summary.merge_all()))
    assert message.value[0].simple_value == 2.0


def test_names_before_1_0(graph, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(old, "_told", set())
    with caplog.at_level(logging.WARNING, "tensorflow"):
        for _ in range(2):
            tf.scalar_summary("x/loss", 1.0)
            tf.histogram_summary("h", [1.0])
        writer = tf.train.SummaryWriter(str(tmp_path))
        writer.close()
    assert [record.getMessage() for record in caplog.records] == [
        "tf.scalar_summary is a name of TensorFlow before 1.0; it has become tf.summary.scalar.",
        "tf.histogram_summary is a name of TensorFlow before 1.0; it has become "
        "tf.summary.histogram.",
        "tf.train.SummaryWriter is a name of TensorFlow before 1.0; it has become "
        "tf.summary.FileWriter.",
    ]
    assert isinstance(writer, tf.summary.FileWriter)
    assert "scalar_summary" not in dir(tf)


# ---- Files ----

VALUE = tf.Summary(value=[tf.Summary.Value(tag="z" * 1000, simple_value=1)])


def files(folder):
    return sorted(Path(folder).glob("events.out.tfevents.*"))


def steps(path):
    """The steps of the events of a file, behind the first one, which has the version."""
    first, *events = tf.train.summary_iterator(str(path))
    assert first.file_version == "brain.Event:2"
    return [event.step for event in events]


def test_flushed_events_are_in_the_file(tmp_path):
    writer = tf.summary.FileWriter(str(tmp_path), max_queue=100)
    (path,) = files(tmp_path)
    assert steps(path) == []
    writer.add_summary(VALUE, 1)
    writer.flush()
    assert steps(path) == [1]
    writer.close()


def test_events_are_written_when_enough_wait(tmp_path):
    written = threading.Event()

    class Watched(EventFileWriter):
        def _write(self, last=False):
            super()._write(last)
            written.set()

    writer = Watched(str(tmp_path), max_queue=3)
    for step in range(3):
        writer.add_event(tf.Event(step=step))
    assert written.wait(60)
    assert steps(*files(tmp_path)) == [0, 1, 2]
    writer.close()


def test_events_are_written_in_time(tmp_path):
    written = threading.Event()

    class Watched(EventFileWriter):
        def _write(self, last=False):
            super()._write(last)
            written.set()

    writer = Watched(str(tmp_path), flush_secs=0)
    writer.add_event(tf.Event(step=4))
    assert written.wait(60)
    assert steps(*files(tmp_path)) == [4]
    writer.close()


def test_what_waits_is_written_when_the_program_ends(tmp_path):
    run_python(
        "import os, tfsession as tf\n"
        "writer = tf.summary.FileWriter(os.environ['LOGDIR'])\n"
        "writer.add_summary(tf.Summary(), 5)\n",
        LOGDIR=str(tmp_path),
    )
    assert steps(*files(tmp_path)) == [5]


def test_a_closed_writer_warns_and_does_nothing(tmp_path):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_summary(VALUE, 1)
    calls = [
        lambda: writer.add_summary(VALUE, 2),
        lambda: writer.add_session_log(tf.SessionLog()),
        lambda: writer.add_graph(tf.Graph()),
        lambda: writer.add_event(tf.Event()),
        writer.flush,
        writer.close,
    ]
    for call in calls:
        with pytest.warns(UserWarning, match="Attempting to use a closed FileWriter") as told:
            call()
        assert len(told) == 1
    assert steps(*files(tmp_path)) == [1]


def test_a_reopened_writer_keeps_the_former_file(tmp_path):
    """TensorFlow gives both files the same name within a second, and empties the first one."""
    writer = tf.summary.FileWriter(str(tmp_path))
    for step in range(3):
        writer.add_summary(VALUE, step)
        writer.close()
        writer.reopen()
    writer.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.reopen()
        writer.add_summary(VALUE, 9)
        writer.close()
    assert [steps(path) for path in files(tmp_path)] == [[0], [1], [2], [], [9]]


def test_a_full_disk_is_logged_and_the_training_goes_on(tmp_path, caplog):
    writer = tf.summary.FileWriter(str(tmp_path))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, limits[1]))
        for step in range(3):
            writer.add_summary(VALUE, step)
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    (path,) = files(tmp_path)
    (message,) = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert message == f"Events cannot be written and are lost, 1 so far: {path}; File too large"
    writer.add_summary(VALUE, 7)
    writer.close()
    assert steps(path) == [0, 7]


def test_a_slow_disk_does_not_stop_a_step(tmp_path):
    released = threading.Event()

    class Slow(EventFileWriter):
        def _write(self, last=False):
            released.wait(60)
            super()._write(last)

    writer = Slow(str(tmp_path), max_queue=1)
    for step in range(50):
        writer.add_event(tf.Event(step=step))
    released.set()
    writer.close()
    assert steps(*files(tmp_path)) == list(range(50))


def test_what_has_been_added_may_change(tmp_path):
    event = tf.Event(step=1)
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        writer.add_event(event)
        event.step = 2
    assert steps(*files(tmp_path)) == [1]


def test_graphs_are_written_with_their_shapes(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.placeholder(tf.float32, [None, 3], name="x")
    tf.summary.FileWriter(str(tmp_path / "a"), graph).close()
    tf.summary.FileWriter(str(tmp_path / "b"), graph_def=graph.as_graph_def()).close()
    _, shown, meta = tf.train.summary_iterator(*map(str, files(tmp_path / "a")))
    assert tf.GraphDef.FromString(shown.graph_def) == graph.as_graph_def(add_shapes=True)
    message = tf.MetaGraphDef.FromString(meta.meta_graph_def)
    assert message.graph_def == graph.as_graph_def(add_shapes=True)
    assert [op.name for op in message.meta_info_def.stripped_op_list.op] == ["Placeholder"]
    assert message.meta_info_def.tensorflow_version.startswith("1.15")
    _, shown, _ = tf.train.summary_iterator(*map(str, files(tmp_path / "b")))
    assert tf.GraphDef.FromString(shown.graph_def) == graph.as_graph_def()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda w: w.add_graph(3), TypeError, "must be an instance of `Graph` or the deprecated"),
        (
            lambda w: w.add_graph(tf.Graph(), graph_def=tf.GraphDef()),
            ValueError,
            "Please pass only graph, or graph_def \\(deprecated\\), but not both.",
        ),
        (lambda w: w.add_meta_graph(3), TypeError, "must be type MetaGraphDef, saw type: <class"),
        (lambda w: w.add_event(3), TypeError, "Expected an event_pb2.Event proto,  but got"),
        (lambda w: w.add_summary("text"), AttributeError, "'str' object has no attribute 'value'"),
        (lambda w: w.add_summary(b"\x07\xff"), DecodeError, "Error parsing message"),
        (lambda w: w.add_summary(VALUE, "x"), ValueError, "invalid literal for int"),
        (
            lambda w: [w.add_run_metadata(tf.RunMetadata(), "tag") for _ in range(2)],
            ValueError,
            "The provided tag was already used for this event type",
        ),
    ],
)
def test_mistakes_of_a_writer(tmp_path, call, error, text):
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        with pytest.raises(error, match=text):
            call(writer)
        writer.add_summary(VALUE, 3)
    assert steps(*files(tmp_path))[-1] == 3


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(tf.errors.FailedPreconditionError, match="file/below; Not a directory"):
        tf.summary.FileWriter(str(tmp_path / "file" / "below"))


def test_one_writer_for_a_folder(tmp_path):
    cache = tf.summary.FileWriterCache
    writer = cache.get(str(tmp_path))
    assert cache.get(str(tmp_path)) is writer
    assert writer.get_logdir() == str(tmp_path)
    cache.clear()
    assert cache.get(str(tmp_path)) is not writer
    cache.clear()


# ---- Reading ----


def test_a_missing_file(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="; No such file or directory"):
        next(tf.train.summary_iterator(str(tmp_path / "absent")))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The bytes of a file of four events."""
    folder = tmp_path_factory.mktemp("events")
    with tf.summary.FileWriter(str(folder)) as writer:
        for step in range(3):
            writer.add_summary(VALUE, step)
    return files(folder)[0].read_bytes()


@given(data=strategies.data())
def test_a_damaged_file_has_whole_events_or_an_error(written, tmp_path_factory, data):
    position = data.draw(strategies.integers(0, len(written) - 1))
    if data.draw(strategies.booleans()):
        damaged = written[:position]
    else:
        flip = data.draw(strategies.integers(1, 255))
        damaged = bytearray(written)
        damaged[position] ^= flip
    path = tmp_path_factory.mktemp("damaged") / "file"
    path.write_bytes(damaged)
    events = []
    with pytest.raises((tf.errors.DataLossError, StopIteration)):  # noqa: PT012  # until it ends
        iterator = tf.train.summary_iterator(str(path))
        while True:
            events.append(next(iterator))
    whole = [event.step for event in events[1:]]
    assert whole == list(range(len(whole)))
    assert len(events) < 4


def test_a_record_that_is_no_event(tmp_path):
    with tf.python_io.TFRecordWriter(str(tmp_path / "file")) as writer:
        writer.write(b"\x07\xff")
    with pytest.raises(DecodeError):
        list(tf.train.summary_iterator(str(tmp_path / "file")))


def test_the_writer_below_the_others(tmp_path):
    from tfsession.python import pywrap_tensorflow

    writer = pywrap_tensorflow.EventsWriter(str(tmp_path / "run").encode())
    writer.WriteEvent(tf.Event(step=3))
    writer.Flush()
    path = writer.FileName()
    writer.Close()
    assert path.startswith(str(tmp_path / "run.out.tfevents."))
    assert steps(path) == [3]
