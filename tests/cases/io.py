"""Records of tfsession/ops/io.py."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.cases.record import Case

FOLDER = Path(tempfile.gettempdir()) / "tfsession-records"
PATH = str(FOLDER / "content")

TF_RECORD = bytes.fromhex("0500000000000000eab2043e68656c6c6fbb1f1c19")


def content(data: bytes) -> Any:
    """Inputs: what is written to the file."""
    return lambda rng, dtype: [np.array(data, object)]


def written(tf: Any, data: Any) -> Any:
    """A queue with the file's name, and the operation that has to run before it is read."""
    queue = tf.raw_ops.FIFOQueueV2(component_types=[tf.string], shapes=[[]])
    with tf.control_dependencies([tf.raw_ops.WriteFile(filename=PATH, contents=data)]):
        return queue, tf.raw_ops.QueueEnqueueV2(handle=queue, components=[tf.constant(PATH)])


def read(kind: str, **attrs: Any) -> Any:
    """The value of the first record of a file."""

    def build(tf: Any, data: Any) -> Any:
        queue, ready = written(tf, data)
        reader = getattr(tf.raw_ops, kind)(**attrs)
        with tf.control_dependencies([ready]):
            return tf.raw_ops.ReaderReadV2(reader_handle=reader, queue_handle=queue)[1]

    return build


def lines(tf: Any, data: Any) -> Any:
    """The values of the first two lines."""
    queue, ready = written(tf, data)
    reader = tf.raw_ops.TextLineReaderV2()
    with tf.control_dependencies([ready]):
        return tf.raw_ops.ReaderReadUpToV2(
            reader_handle=reader, queue_handle=queue, num_records=tf.constant(2, tf.int64)
        )[1]


def after(*ops: str) -> Any:
    """What the last op gives after one item was read and the ops before it have run."""

    def build(tf: Any, item: Any) -> Any:
        queue = tf.raw_ops.FIFOQueueV2(component_types=[tf.string], shapes=[[]])
        enqueue = tf.raw_ops.QueueEnqueueV2(handle=queue, components=[item])
        reader = tf.raw_ops.IdentityReaderV2()
        with tf.control_dependencies([enqueue]):
            last = tf.raw_ops.ReaderReadV2(reader_handle=reader, queue_handle=queue)[0]
        for op in ops:
            extra = {"state": b"\x08\x07\x10\x07\x18\x09"} if "Restore" in op else {}
            with tf.control_dependencies([last]):
                last = getattr(tf.raw_ops, op)(reader_handle=reader, **extra)
        return last

    return build


def matching(tf: Any, data: Any) -> Any:
    """The names of the files in a folder."""
    with tf.control_dependencies([tf.raw_ops.WriteFile(filename=PATH, contents=data)]):
        return tf.raw_ops.MatchingFiles(pattern=str(FOLDER / "c*t"))


def round_trip(tf: Any, data: Any) -> Any:
    """The content of a file that has just been written."""
    with tf.control_dependencies([tf.raw_ops.WriteFile(filename=PATH, contents=data)]):
        return tf.raw_ops.ReadFile(filename=PATH)


def case(op: str, build: Any, data: bytes, expected: Any) -> Case:
    """A record of strings, whose value follows from its input alone."""
    if isinstance(expected, (bytes, Sequence)):
        expected = np.array(expected, object)
    return Case(
        op,
        "",
        build,
        content(data),
        ("string",),
        expected=lambda *arrays: expected,
        gradient=False,
        golden=False,
    )


PRODUCED = "ReaderNumRecordsProducedV2"
# One work item started and finished, one record produced, and the item's name.
STATE = b'\x08\1\x10\1\x18\1"\1x'

CASES = [
    case("IdentityReaderV2", after(), b"item", b"item"),
    case("WholeFileReaderV2", read("WholeFileReaderV2"), b"a\nb", b"a\nb"),
    case("TextLineReaderV2", read("TextLineReaderV2", skip_header_lines=1), b"a\r\nb\r\nc", b"b"),
    case("TFRecordReaderV2", read("TFRecordReaderV2"), TF_RECORD, b"hello"),
    case(
        "FixedLengthRecordReaderV2",
        read("FixedLengthRecordReaderV2", record_bytes=3, header_bytes=1, footer_bytes=1),
        b"abcdefgh",
        b"bcd",
    ),
    case("ReaderReadV2", read("WholeFileReaderV2"), b"", b""),
    case("ReaderReadUpToV2", lines, b"a\nb\nc\n", [b"a", b"b"]),
    case(PRODUCED, after(PRODUCED), b"item", np.int64(1)),
    case(
        "ReaderNumWorkUnitsCompletedV2", after("ReaderNumWorkUnitsCompletedV2"), b"i", np.int64(1)
    ),
    case("ReaderSerializeStateV2", after("ReaderSerializeStateV2"), b"x", STATE),
    case("ReaderRestoreStateV2", after("ReaderRestoreStateV2", PRODUCED), b"x", np.int64(9)),
    case("ReaderResetV2", after("ReaderResetV2", PRODUCED), b"x", np.int64(0)),
    case("ReadFile", round_trip, b"\x00\xff", b"\x00\xff"),
    case("WriteFile", round_trip, b"text", b"text"),
    case("MatchingFiles", matching, b"", [PATH.encode()]),
]
