"""TFRecord files against the bytes that TensorFlow writes."""

from __future__ import annotations

import os

import pytest

from tfsession import errors
from tfsession.formats import tfrecord
from tfsession.formats.tfrecord import TFRecordCompressionType, TFRecordOptions

HELLO = bytes.fromhex("0500000000000000 eab2043e 68656c6c6f bb1f1c19")
EMPTY = bytes.fromhex("0000000000000000 29039807 d8ea82a2")
RECORDS = [b"hello", b"", bytes(range(256)) * 500]


def written(path, records, options=None):
    with tfrecord.TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)
    return path


def test_bytes_are_tensorflows(tmp_path):
    path = written(tmp_path / "r", [b"hello", b""])
    assert path.read_bytes() == HELLO + EMPTY


@pytest.mark.parametrize(
    ("options", "magic"),
    [
        (None, HELLO[:8]),
        ("", HELLO[:8]),
        ("GZIP", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
        (TFRecordCompressionType.ZLIB, b"\x78\x9c"),
        (TFRecordOptions("ZLIB"), b"\x78\x9c"),
        (TFRecordOptions("GZIP", compression_level=1, mem_level=9, window_bits=12), b"\x1f\x8b"),
    ],
)
def test_records_come_back(tmp_path, options, magic):
    path = written(tmp_path / "r", RECORDS, options)
    assert path.read_bytes().startswith(magic)
    assert list(tfrecord.tf_record_iterator(path, options)) == RECORDS


def test_text_is_written_as_utf_8(tmp_path):
    assert list(tfrecord.tf_record_iterator(written(tmp_path / "r", ["é"]))) == ["é".encode()]


def test_anything_else_is_refused(tmp_path):
    with tfrecord.TFRecordWriter(tmp_path / "r") as writer:
        with pytest.raises(TypeError, match="not bytes"):
            writer.write(5)


@pytest.mark.parametrize("options", [None, "ZLIB", "GZIP"])
def test_flushed_records_can_be_read_while_the_writer_is_open(tmp_path, options):
    path = tmp_path / "r"
    writer = tfrecord.TFRecordWriter(path, options)
    writer.write(b"one")
    writer.flush()
    assert next(tfrecord.tf_record_iterator(path, options)) == b"one"
    writer.close()
    writer.close()
    with pytest.raises(errors.FailedPreconditionError):
        writer.write(b"two")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (HELLO + EMPTY[:8] + b"!" + EMPTY[9:], "corrupted record at 21"),
        (HELLO[:12] + b"H" + HELLO[13:], "corrupted record at 12"),
        (HELLO[:14], "truncated record at 0"),
        (HELLO + HELLO[:-1], "truncated record at 21"),
    ],
)
def test_damage_is_noticed_again_and_again(tmp_path, data, text):
    path = tmp_path / "r"
    path.write_bytes(data)
    reader = tfrecord.RecordReader(str(path))
    good = data.startswith(HELLO)
    assert not good or reader.read() == b"hello"
    for _ in range(2):
        with pytest.raises(errors.DataLossError) as caught:
            reader.read()
        assert caught.value.message == text
    reader.close()


def test_what_is_shorter_than_a_header_is_the_end(tmp_path):
    path = tmp_path / "r"
    path.write_bytes(HELLO + b"elevenbytes")
    assert list(tfrecord.tf_record_iterator(path)) == [b"hello"]


def test_a_missing_file_is_not_found():
    with pytest.raises(errors.NotFoundError) as caught:
        next(tfrecord.tf_record_iterator("nope"))
    assert caught.value.message == f"nope; {os.strerror(2)}"


def test_unknown_compression():
    with pytest.raises(ValueError, match='Not a valid compression_type: "LZ4"'):
        TFRecordOptions("LZ4")
