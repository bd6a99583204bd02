"""Checkpoint files: those of TensorFlow are read, ours have the same bytes, damaged ones say so."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.mutate import mutated, resealed
from tests.stored_values import BFLOAT16, MANY, PARTS, VALUES, name_of_many
from tfsession import dtypes, errors
from tfsession.formats import snappy, sorted_table, tensor_bundle
from tfsession.formats.checkpoint import NewCheckpointReader, open_checkpoint
from tfsession.formats.crc32c import masked, masked_crc, unmasked
from tfsession.formats.slice_table import SliceTableReader, SliceTableWriter
from tfsession.formats.tensor_bundle import BundleReader, BundleWriter
from tfsession.formats.tensor_slices import TensorSlice, shape_and_slice, slice_key

GOLDEN = Path(__file__).parent / "golden" / "checkpoints"
RELEASES = ("tensorflow1", "tensorflow2")
DATA = ".data-00000-of-00001"


def same(value, expected):
    assert value.dtype == expected.dtype
    assert value.shape == expected.shape
    assert value.tolist() == expected.tolist()


def copied(source, prefix):
    """A bundle or slice table, written anew from what is read of another one."""
    with open_checkpoint(str(source)) as reader:
        is_old = isinstance(reader, SliceTableReader)
        writer = SliceTableWriter(str(prefix)) if is_old else BundleWriter(str(prefix))
        for name in sorted(reader.names()):
            dtype, shape = reader.dtype_and_shape(name)
            if is_old:
                for part in reader.parts(name):
                    writer.add(name, shape, part, reader.read_slice(name, part), dtype)
                continue
            parts = [TensorSlice.of_proto(message) for message in reader.entry(name).slices]
            for part in parts:
                writer.add_slice(name, shape, part, reader.read_slice(name, part), dtype)
            if not parts:
                writer.add(name, reader.read(name), dtype)
    if is_old:
        writer.finish()
    else:
        writer.__exit__(None, None, None)
    return prefix


# ---- TensorFlow's files ----


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", ["v2", "sharded", "v1"])
def test_files_of_tensorflow_are_read(release, name):
    with open_checkpoint(str(GOLDEN / release / name)) as reader:
        for key, value in VALUES.items():
            dtype, shape = reader.dtype_and_shape(key)
            assert (dtype.numpy, shape) == (value.dtype, value.shape)
            same(reader.read(key), value)
        same(reader.read("parts"), PARTS)
        same(reader.read_slice("parts", TensorSlice((0, 1), (2, 2))), PARTS[:, 1:])
        if name != "v1":
            assert reader.read("bfloat16").astype(np.float32).tolist() == BFLOAT16


@pytest.mark.parametrize("release", RELEASES)
def test_a_bundle_has_the_bytes_of_tensorflow(release, tmp_path):
    source = GOLDEN / release / "v2"
    copy = copied(source, tmp_path / "copy")
    for suffix in (".index", DATA):
        assert Path(f"{copy}{suffix}").read_bytes() == Path(f"{source}{suffix}").read_bytes()


@pytest.mark.parametrize("release", RELEASES)
def test_a_slice_table_has_the_bytes_of_tensorflow(release, tmp_path):
    source = GOLDEN / release / "v1"
    assert copied(source, tmp_path / "copy").read_bytes() == source.read_bytes()


def test_an_index_of_several_blocks(tmp_path):
    source = GOLDEN / "tensorflow1" / "many"
    with BundleReader(str(source)) as reader:
        assert reader.names() == [name_of_many(number) for number in range(MANY)]
        assert reader.read(name_of_many(1000)) == 1000
    copy = copied(source, tmp_path / "copy")
    assert Path(f"{copy}.index").read_bytes() == Path(f"{source}.index").read_bytes()


def test_bundles_are_merged_as_tensorflow_merges_them(tmp_path):
    source = GOLDEN / "tensorflow1" / "sharded"
    folder = tmp_path / "parts"
    with BundleReader(str(source)) as reader:
        for shard in range(2):
            with BundleWriter(str(folder / f"part-{shard}")) as writer:
                for name in reader.names():
                    entry = reader.entry(name)
                    dtype, shape = reader.dtype_and_shape(name)
                    for message in entry.slices if shard == 0 else ():
                        part = TensorSlice.of_proto(message)
                        value = reader.read_slice(name, part)
                        writer.add_slice(name, shape, part, value, dtype)
                    if not entry.slices and entry.shard_id == shard:
                        writer.add(name, reader.read(name), dtype)
    prefixes = [str(folder / f"part-{shard}") for shard in range(2)]
    tensor_bundle.merge(prefixes, str(tmp_path / "whole"), delete_old_dirs=True)
    assert not folder.exists()
    for suffix in (".index", ".data-00000-of-00002", ".data-00001-of-00002"):
        found = (tmp_path / f"whole{suffix}").read_bytes()
        assert found == Path(f"{source}{suffix}").read_bytes()


def test_two_bundles_with_one_name_are_not_merged(tmp_path):
    prefixes = [str(tmp_path / name) for name in "ab"]
    for prefix in prefixes:
        with BundleWriter(prefix) as writer:
            writer.add("v", np.float32([1]), dtypes.float32)
    with pytest.raises(errors.InvalidArgumentError, match="Duplicate tensor keyed by v"):
        tensor_bundle.merge(prefixes, str(tmp_path / "whole"), delete_old_dirs=False)
    assert NewCheckpointReader(prefixes[0]).get_tensor("v") == [1]


# ---- A reader ----


def test_what_a_reader_tells():
    reader = NewCheckpointReader(str(GOLDEN / "tensorflow1" / "v2"))
    assert reader.get_variable_to_shape_map()["parts"] == [2, 3]
    assert reader.get_variable_to_dtype_map()["int64"] is dtypes.int64
    assert reader.has_tensor("half")
    assert not reader.has_tensor("full")
    assert type(reader.get_tensor("int32")) is np.int32
    lines = reader.debug_string().splitlines()
    assert lines[0] == b"\0parts\0\1\1\2\x80\x82\x80\x82 (DT_FLOAT) [2,2]"
    assert b"a/double (DT_DOUBLE) []" in lines
    with pytest.raises(errors.NotFoundError, match=r"^Key full not found in checkpoint$"):
        reader.get_tensor("full")


def test_what_a_reader_of_the_first_version_tells():
    reader = NewCheckpointReader(str(GOLDEN / "tensorflow1" / "v1").encode())
    assert b"parts (DT_FLOAT) [2,3], 2 slices" in reader.debug_string().splitlines()
    same(reader.get_tensor("string"), VALUES["string"])
    with pytest.raises(errors.UnimplementedError, match="Sliced checkpoints are not supported"):
        reader.get_tensor("parts")
    with pytest.raises(errors.NotFoundError, match="full not found in checkpoint file"):
        reader.get_tensor("full")


def test_a_checkpoint_that_is_not_there(tmp_path):
    begin = "Unsuccessful TensorSliceReader constructor: "
    with pytest.raises(errors.NotFoundError, match=rf"^{begin}Failed to find any matching files"):
        NewCheckpointReader(str(tmp_path / "none"))
    with pytest.raises(errors.InvalidArgumentError, match=f"^{begin}Failed to get matching files"):
        NewCheckpointReader(str(tmp_path / "none" / "none"))
    with pytest.raises(errors.DataLossError, match="Is a directory: perhaps your file is in a"):
        NewCheckpointReader(str(tmp_path))
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        NewCheckpointReader(3)


# ---- Parts ----


def test_descriptions_of_parts():
    shape, part, dims = shape_and_slice("4 3 1,2:-")
    assert (shape, part, dims) == ((4, 3), TensorSlice((1, 0), (2, -1)), (2, 3))
    assert str(part) == "1,2:-"
    for text, error in {
        "43": "Need least two elements in shape_and_slice specification: 43",
        "4 x 1,2:-": "Non numerical dimension in shape_and_slice: 4 x 1,2:-",
        "4 3 x,2:-": "Expected a pair of numbers or '-' but got 'x,2': string = x,2:-",
        "4 3 1,9:-": r"Extent in dimension 0 out of bounds: shape = \[4,3\], slice = 1,9:-",
        "4 3 1,2": r"Mismatching ranks: shape = \[4,3\], slice = 1,2",
    }.items():
        with pytest.raises(errors.OpError, match=f"^{error}$"):
            shape_and_slice(text)


@pytest.mark.parametrize(
    ("start", "bytes_"),
    [(63, "bf"), (64, "c040"), (8191, "dfff"), (8192, "e02000"), (3_000_000, "f02dc6c0")],
)
def test_keys_of_parts(start, bytes_):
    """The bytes that TensorFlow writes."""
    key = slice_key("p", TensorSlice((start,), (1,)))
    assert key == bytes.fromhex(f"00700001 0101 {bytes_} 81")


def test_names_with_special_bytes_keep_their_order():
    whole = TensorSlice.whole(1)
    assert slice_key("a\0b", whole).startswith(b"\0a\0\xffb\0\1")
    assert slice_key("a", whole) < slice_key("a\0b", whole) < slice_key("b", whole)


@pytest.fixture
def parts(tmp_path):
    """A bundle with two of the three parts of a tensor."""
    value = np.arange(12, dtype=np.float32).reshape(6, 2)
    prefix = str(tmp_path / "parts")
    with BundleWriter(prefix) as writer:
        for start in (0, 2):
            part = TensorSlice((start, 0), (2, -1))
            writer.add_slice("p", (6, 2), part, value[start : start + 2], dtypes.float32)
    with BundleReader(prefix) as reader:
        yield reader, value


def test_parts_of_parts(parts):
    reader, value = parts
    same(reader.read_slice("p", TensorSlice((1, 1), (2, 1))), value[1:3, 1:])


def test_parts_that_are_missing(parts):
    reader, _ = parts
    text = "Does not have sufficient slices for partitioned tensor p to restore in slice_spec: "
    for part, shown in ((TensorSlice.whole(2), "-:-"), (TensorSlice((3, 0), (2, -1)), "3,2:-")):
        with pytest.raises(errors.InvalidArgumentError, match=f"^{text}{shown}$"):
            reader.read_slice("p", part)


def test_a_part_that_is_the_whole(tmp_path):
    with BundleWriter(str(tmp_path / "b")) as writer:
        writer.add_slice("p", (2,), TensorSlice((0,), (2,)), np.float32([1, 2]), dtypes.float32)
    assert not BundleReader(str(tmp_path / "b")).entry("p").slices


# ---- Writing ----


def write_twice(prefix):
    """Writes a bundle with a name that occurs twice."""
    with BundleWriter(prefix) as writer:
        for _ in range(2):
            writer.add("v", np.float32([2]), dtypes.float32)


def test_a_writer_that_fails_leaves_what_was_there(tmp_path):
    prefix = str(tmp_path / "b")
    with BundleWriter(prefix) as writer:
        writer.add("v", np.float32([1]), dtypes.float32)
    with pytest.raises(errors.InvalidArgumentError, match=r"^Adding duplicate key: v$"):
        write_twice(prefix)
    assert NewCheckpointReader(prefix).get_tensor("v") == [1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b" + DATA, "b.index"]


def test_tensors_of_other_kinds_are_not_stored(tmp_path):
    with pytest.raises(errors.UnimplementedError, match="type resource are not saved"):
        with BundleWriter(str(tmp_path / "b")) as writer:
            writer.add("v", np.empty((), object), dtypes.resource)


# Renames the file that is wanted first, then dies at the rename of that number.
_DIES = """
import os, sys
import numpy as np
from tfsession import dtypes
from tfsession.formats.tensor_bundle import BundleWriter
rename, count = os.replace, 0
def replace(a, b):
    global count
    count += 1
    if count == int(sys.argv[2]):
        os._exit(9)
    rename(a, b)
os.replace = replace
with BundleWriter(sys.argv[1]) as writer:
    writer.add("v", np.float32([2]), dtypes.float32)
"""


@pytest.mark.parametrize(("step", "expected"), [(1, 1), (2, 2)])
def test_a_writer_that_dies_between_two_renames(tmp_path, step, expected):
    """What is written over a bundle of the same name is there as a whole, or not at all."""
    prefix = str(tmp_path / "b")
    with BundleWriter(prefix) as writer:
        writer.add("v", np.float32([1]), dtypes.float32)
    died = subprocess.run([sys.executable, "-c", _DIES, prefix, str(step)], check=False)
    assert died.returncode == 9
    assert NewCheckpointReader(prefix).get_tensor("v") == [expected]
    with BundleWriter(prefix) as writer:
        writer.add("v", np.float32([3]), dtypes.float32)
    assert NewCheckpointReader(prefix).get_tensor("v") == [3]


# ---- Tables ----


def test_masked_checksums():
    assert masked(0) == 0xA282EAD8
    assert unmasked(masked_crc(b"hello")) == 0x9A71BB4C
    assert masked(unmasked(0)) == 0


def test_keys_in_disorder_are_refused(tmp_path):
    with open(tmp_path / "t", "wb") as file:
        writer = sorted_table.TableWriter(file)
        writer.add(b"b", b"")
        with pytest.raises(ValueError, match=r"b'a' does not follow b'b'"):
            writer.add(b"a", b"")


def test_a_table_is_looked_into(tmp_path):
    path = tmp_path / "t"
    keys = [f"key{number:04d}".encode() for number in range(0, 2000, 2)]
    with open(path, "wb") as file:
        writer = sorted_table.TableWriter(file, block_bytes=300)
        for key in keys:
            writer.add(key, key[::-1])
        writer.finish()
    table = sorted_table.TableReader(str(path))
    assert list(table.entries()) == [(key, key[::-1]) for key in keys]
    assert all(table.get(key) == key[::-1] for key in keys)
    assert table.get(b"key0001") is None
    assert table.get(b"z") is None
    table.close()


def test_compressed_blocks():
    """Literals of all sizes, and copies: near, far, and such that overlap themselves."""
    assert snappy.decompressed(b"\x05\x10hello") == b"hello"
    assert snappy.decompressed(b"\x0a\x04ab\x1e\x02\x00") == b"ab" * 5
    assert snappy.decompressed(b"\x07\x08abc\x01\x03") == b"abcabca"
    assert snappy.decompressed(b"\x40\xf0\x3f" + b"x" * 64) == b"x" * 64
    for damaged in (b"", b"\x05\x10hel", b"\x05\x01\x03", b"\x04\x10hello", b"\xff" * 9):
        with pytest.raises(ValueError, match=r"block|literal|copy|length"):
            snappy.decompressed(damaged)


# ---- Damage ----


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda index: index[:4], "file is too short to be an sstable"),
        (lambda index: index[:-1], r"not an sstable \(bad magic number\)"),
        (lambda index: b"\1" + index[1:], r"block checksum mismatch \(the block at byte 0 of .*\)"),
    ],
)
def test_a_damaged_index(tmp_path, change, text):
    for suffix in (".index", DATA):
        shutil.copy(GOLDEN / "tensorflow1" / f"v2{suffix}", tmp_path)
    index = tmp_path / "v2.index"
    index.write_bytes(change(index.read_bytes()))
    with pytest.raises(errors.DataLossError, match=f"{text}$"):
        NewCheckpointReader(str(tmp_path / "v2"))


def test_damaged_data(tmp_path):
    for suffix in (".index", DATA):
        shutil.copy(GOLDEN / "tensorflow1" / f"v2{suffix}", tmp_path)
    data = tmp_path / f"v2{DATA}"
    content = data.read_bytes()
    reader = NewCheckpointReader(str(tmp_path / "v2"))
    place = rf"\(tensor uint8 at byte \d+ of {data}\)"
    data.write_bytes(bytes(byte ^ 1 for byte in content))
    with pytest.raises(
        errors.DataLossError,
        match=rf"^Checksum does not match: stored \d+ vs. calculated on .* bytes \d+ {place}$",
    ):
        reader.get_tensor("uint8")
    data.write_bytes(content[:20])
    reader = NewCheckpointReader(str(tmp_path / "v2"))
    with pytest.raises(errors.OutOfRangeError, match=rf"^Read less bytes than requested {place}$"):
        reader.get_tensor("uint8")
    data.unlink()
    reader = NewCheckpointReader(str(tmp_path / "v2"))
    with pytest.raises(errors.NotFoundError, match=r"No such file or directory$"):
        reader.get_tensor("uint8")


def read_all(prefix):
    """Reads everything that can be read; what cannot raises an error of TensorFlow's."""
    try:
        reader = open_checkpoint(prefix)
    except errors.OpError:
        return
    with reader:
        for name in reader.names():
            try:
                reader.dtype_and_shape(name)
                reader.read(name)
            except errors.OpError:
                continue


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_is_an_error_of_tensorflows(tmp_path, seed):
    rng = random.Random(seed)
    source = GOLDEN / "tensorflow1"
    for suffix in (".index", DATA):
        shutil.copy(source / f"v2{suffix}", tmp_path)
    originals = {
        "v2.index": (source / "v2.index").read_bytes(),
        f"v2{DATA}": (source / f"v2{DATA}").read_bytes(),
        "v1": (source / "v1").read_bytes(),
    }
    for _ in range(10):
        name = rng.choice(list(originals))
        changed = mutated(originals[name], rng)
        if name == "v2.index" and rng.random() < 0.7:
            changed = resealed(changed)
        (tmp_path / name).write_bytes(changed)
        read_all(str(tmp_path / name.partition(".")[0]))
        (tmp_path / name).write_bytes(originals[name])
