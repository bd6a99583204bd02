"""Readers: records, keys, book-keeping, state and errors, as observed of TensorFlow."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest

import tfsession as tf
from tfsession import errors
from tfsession.formats.tfrecord import TFRecordOptions, TFRecordWriter
from tfsession.ops import io, io as readers, queue as queues


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"x\r\ny\rz\r\r\n\nlast")
    (tmp_path / "b.txt").write_bytes(b"1\n2\n3\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "f.bin").write_bytes(b"HHabcdefghijFF")
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


class Reading:
    """A reader over some work items."""

    def __init__(self, session: Any, reader: readers.ReaderBase, *items: str) -> None:
        self.session, self.reader = session, reader
        self.queue = queues.FIFOQueue(10, [tf.string], [[]])
        session.run(self.queue.enqueue_many([list(items)]))
        session.run(self.queue.close())
        self._read = reader.read(self.queue)
        self._counts = [reader.num_records_produced(), reader.num_work_units_completed()]

    def next(self) -> tuple[bytes, bytes]:
        key, value = self.session.run(self._read)
        return key, value

    def counts(self) -> list[int]:
        return [int(count) for count in self.session.run(self._counts)]

    def all(self) -> list[tuple[bytes, bytes]]:
        """The records until the queue has no more items."""
        records = []
        while True:
            try:
                records.append(self.next())
            except errors.OutOfRangeError:
                return records


def message(action: Any) -> str:
    with pytest.raises(errors.OpError) as caught:
        action()
    return str(caught.value.message).split("\n")[0]


# ---- Lines ----


def test_lines(session):
    reading = Reading(session, readers.TextLineReader(), "a.txt", "empty.txt", "b.txt")
    assert reading.all() == [
        (b"a.txt:1", b"x"),
        (b"a.txt:2", b"y\rz\r"),
        (b"a.txt:3", b""),
        (b"a.txt:4", b"last"),
        *((b"b.txt:%d" % n, b"%d" % n) for n in (1, 2, 3)),
    ]
    assert reading.counts() == [7, 3]


def test_header_lines_are_skipped_and_counted(session):
    reading = Reading(session, readers.TextLineReader(skip_header_lines=2), "b.txt", "b.txt")
    assert reading.all() == [(b"b.txt:3", b"3")] * 2
    assert Reading(session, readers.TextLineReader(9), "b.txt").all() == []


def test_the_end_of_a_file_is_noticed_with_the_next_read(session):
    reading = Reading(session, readers.TextLineReader(), "b.txt", "b.txt")
    seen = []
    for _ in range(4):
        reading.next()
        seen.append(reading.counts())
    assert seen == [[1, 0], [2, 0], [3, 0], [4, 1]]


def test_read_up_to_ends_with_the_file(session):
    reading = Reading(session, readers.TextLineReader(), "b.txt", "b.txt")
    keys, values = reading.reader.read_up_to(reading.queue, 2)
    assert keys.shape.as_list() == values.shape.as_list() == [None]
    found = [session.run(values).tolist() for _ in range(4)]
    assert found == [[b"1", b"2"], [b"3"]] * 2
    assert reading.counts() == [6, 2]
    with pytest.raises(errors.OutOfRangeError):
        session.run(values)


def test_reset_begins_anew(session):
    reading = Reading(session, readers.TextLineReader(), "b.txt", "b.txt")
    reading.next()
    session.run(reading.reader.reset())
    assert reading.counts() == [0, 0]
    assert reading.next() == (b"b.txt:1", b"1")


# ---- Other kinds ----


def test_items_as_records(session):
    reading = Reading(session, readers.IdentityReader(), "x", "y")
    assert reading.next() == (b"x", b"x")
    assert reading.counts() == [1, 1]
    assert session.run(reading.reader.read_up_to(reading.queue, 3)[1]).tolist() == [b"y"]
    assert reading.counts() == [2, 2]


def test_what_readers_offer(session):
    found = {
        kind: getattr(readers, kind)(*arguments).supports_serialize
        for kind, arguments in (
            ("TextLineReader", ()),
            ("WholeFileReader", ()),
            ("IdentityReader", ()),
            ("TFRecordReader", ()),
            ("FixedLengthRecordReader", (1,)),
        )
    }
    assert [kind for kind in found if found[kind]] == ["WholeFileReader", "IdentityReader"]
    reader = readers.TextLineReader(name="lines")
    assert (reader.reader_ref.op.name, reader.reader_ref.dtype) == ("lines", tf.resource)
    assert reader.num_records_produced().dtype is tf.int64
    assert reader.num_work_units_completed().dtype is tf.int64
    key, value = reader.read(queues.FIFOQueue(1, tf.string).queue_ref)
    assert key.shape.as_list() == value.shape.as_list() == []


def test_whole_files(session):
    reading = Reading(session, readers.WholeFileReader(), "b.txt", "empty.txt")
    assert reading.next() == (b"b.txt", b"1\n2\n3\n")
    assert reading.counts() == [1, 1]
    assert reading.next() == (b"empty.txt", b"")


@pytest.mark.parametrize("compression", ["", "ZLIB", "GZIP"])
def test_tfrecords(session, compression):
    options = TFRecordOptions(compression)
    with TFRecordWriter("r", options) as writer:
        for record in (b"abc", b"", b"hello world"):
            writer.write(record)
    reading = Reading(session, readers.TFRecordReader(options=options), "r")
    assert reading.all() == [(b"r:0", b"abc"), (b"r:19", b""), (b"r:35", b"hello world")]


def test_a_damaged_tfrecord_stays_the_current_item(session, tmp_path):
    (tmp_path / "bad").write_bytes(b"no record at all")
    reading = Reading(session, readers.TFRecordReader(), "bad")
    for _ in range(2):
        assert message(reading.next) == "corrupted record at 0"


def test_a_file_without_room_for_a_record_has_none(session, tmp_path):
    (tmp_path / "short").write_bytes(b"123456789")
    reading = Reading(session, readers.TFRecordReader(), "empty.txt", "short")
    assert reading.all() == []
    assert reading.counts() == [0, 2]


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ({"record_bytes": 4, "header_bytes": 2, "footer_bytes": 2}, [b"abcd", b"efgh"]),
        (
            {"record_bytes": 8, "header_bytes": 2, "footer_bytes": 2, "hop_bytes": 1},
            [b"abcdefgh", b"bcdefghi", b"cdefghij"],
        ),
        ({"record_bytes": 2, "hop_bytes": 5}, [b"HH", b"de", b"ij"]),
        ({"record_bytes": 20}, []),
    ],
)
def test_records_of_fixed_length(session, options, values):
    reading = Reading(session, readers.FixedLengthRecordReader(**options), "f.bin")
    assert reading.all() == [(b"f.bin:%d" % i, value) for i, value in enumerate(values)]


def test_records_of_fixed_length_are_decompressed(session, tmp_path):
    (tmp_path / "f.gz").write_bytes(gzip.compress(b"abcd") + gzip.compress(b"ef"))
    reader = readers.FixedLengthRecordReader(3, encoding="GZIP")
    assert [value for _, value in Reading(session, reader, "f.gz").all()] == [b"abc", b"def"]


# ---- State ----


def test_state_is_tensorflows(session):
    reading = Reading(session, readers.IdentityReader(), "x")
    assert reading.next() == (b"x", b"x")
    state = session.run(reading.reader.serialize_state())
    assert state == bytes.fromhex("0801 1001 1801 220178")
    other = readers.IdentityReader()
    session.run(other.restore_state(state))
    assert session.run(other.num_records_produced()) == 1
    assert session.run(other.serialize_state()) == state


def test_bad_states(session):
    reader = readers.IdentityReader(name="idr")
    assert message(lambda: session.run(reader.restore_state("zzz"))) == (
        "Could not parse state for IdentityReader 'idr': zzz"
    )
    assert message(lambda: session.run(reader.restore_state(b"\x08\x03\x10\x02"))).startswith(
        "Inconsistent work started vs. finished when restoring in IdentityReader 'idr'"
    )


def test_most_readers_have_no_state(session):
    reader = readers.TextLineReader()
    assert not reader.supports_serialize
    assert message(lambda: session.run(reader.serialize_state())) == "Reader SerializeState"
    assert message(lambda: session.run(reader.restore_state("x"))) == "Reader RestoreState"


# ---- Errors ----


def test_a_file_that_cannot_be_opened_is_skipped(session):
    reading = Reading(session, readers.TextLineReader(), "nope.txt", "b.txt")
    assert message(reading.next) == "nope.txt; No such file or directory"
    assert reading.counts() == [0, 0]
    assert reading.next() == (b"b.txt:1", b"1")


def test_a_whole_file_that_is_missing_stays_the_current_item(session):
    reading = Reading(session, readers.WholeFileReader(), "nope.txt", "b.txt")
    for _ in range(2):
        assert message(reading.next) == "nope.txt; No such file or directory"


@pytest.mark.parametrize(
    ("dtypes", "element", "text"),
    [
        ([tf.int32], [1], "Expected queue with single string component"),
        ([tf.string, tf.string], ["a", "b"], "Expected single component queue"),
        ([tf.string], [["a", "b"]], "Expected to dequeue a one-element string tensor"),
    ],
)
def test_queues_of_the_wrong_kind(session, dtypes, element, text):
    queue = queues.FIFOQueue(3, dtypes)
    session.run(queue.enqueue(element))
    assert message(lambda: session.run(readers.IdentityReader().read(queue))) == text


def test_negative_options(session):
    reader = readers.TextLineReader(-1)
    assert message(lambda: session.run(reader.reset())) == "skip_header_lines must be >= 0 not -1"
    fixed = readers.FixedLengthRecordReader(2, footer_bytes=-3)
    assert message(lambda: session.run(fixed.reset())) == "footer_bytes must be >= 0 not -3"


# ---- Files ----


def test_files_are_written_and_read(session):
    session.run(io.write_file("new/folder/c.txt", "content"))
    assert session.run(io.read_file("new/folder/c.txt")) == b"content"
    assert message(lambda: session.run(io.read_file("nope"))) == "nope; No such file or directory"


def test_a_file_is_read_anew_in_each_step(session, tmp_path):
    content = io.read_file("b.txt")
    session.run(content)
    (tmp_path / "b.txt").write_bytes(b"new")
    assert session.run(content) == b"new"


def test_matching_files_are_sorted(session):
    found = session.run(io.matching_files(["*.txt", "?.bin"]))
    assert found.tolist() == [b"./a.txt", b"./b.txt", b"./empty.txt", b"./f.bin"]
    assert session.run(io.matching_files("nope*")).shape == (0,)


def test_a_path_may_be_any_bytes(session, tmp_path):
    name = tf.placeholder(tf.string, [])
    session.run(io.write_file(name, "x"), {name: np.array(b"\xff.dat", object)})
    assert session.run(io.read_file(name), {name: np.array(b"\xff.dat", object)}) == b"x"
