"""Whatever is in a file or a message: a value, or an error that says what is wrong with it.

Every reader gets inputs that are damaged at random places. None may fail in words of Python's own,
take long, need much memory, or leave a graph or a session other than it was. `make test-long` reads
ten thousand of each.
"""

from __future__ import annotations

import gzip
import io
import random
import resource
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from rich.console import Console

import tfsession as tf
from tests.mutate import changed, mutated, records, resealed
from tfsession.cli.config import check_config
from tfsession.contrib import mnist
from tfsession.protos import Event, SavedModel

GOLDEN = Path(__file__).parent / "golden" / "checkpoints" / "tensorflow1"
# Of one input, and of all inputs of a reader together.
SECONDS, MEMORY = 5.0, 512 << 20

# An input is damaged, and read; what comes is dropped, what is raised is looked at.
Read = Callable[[random.Random], object]
FILE_ERRORS = (
    tf.errors.DataLossError,
    tf.errors.InvalidArgumentError,
    tf.errors.NotFoundError,
    tf.errors.OutOfRangeError,
    tf.errors.FailedPreconditionError,
    tf.errors.UnimplementedError,
)
V1_ERRORS = (*FILE_ERRORS, tf.errors.InternalError)
VALUE_ERRORS = (tf.errors.InvalidArgumentError, tf.errors.DataLossError)
GRAPH_ERRORS = (ValueError, TypeError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError)
META_ERRORS = (*GRAPH_ERRORS, DecodeError, KeyError, IOError)
TEXT_ERRORS = (text_format.ParseError, DecodeError)


def serialized(message: Any, rng: random.Random, is_text: bool = False) -> bytes:
    """A message with other fields, or damaged bytes."""
    is_whole = rng.random() < 0.8
    message = changed(message, rng) if is_whole else message
    text = text_format.MessageToString(message).encode() if is_text else b""
    content: bytes = text if is_text else message.SerializeToString()
    return content if is_whole else mutated(content, rng)


# ---- Checkpoints and records ----


def read_checkpoint(prefix: str) -> None:
    reader = tf.train.NewCheckpointReader(prefix)
    for name in reader.get_variable_to_shape_map():
        try:
            reader.get_tensor(name)
        except FILE_ERRORS:
            continue


def checkpoint(folder: Path, damaged: str, prefix: str, reseals: bool = False) -> Read:
    for path in GOLDEN.glob(f"{prefix}*"):
        shutil.copy(path, folder)
    original = (GOLDEN / damaged).read_bytes()

    def read(rng: random.Random) -> None:
        content = mutated(original, rng)
        if reseals and rng.random() < 0.7:
            content = resealed(content)
        (folder / damaged).write_bytes(content)
        read_checkpoint(str(folder / prefix))

    return read


def checkpoint_state(folder: Path) -> Read:
    original = b'model_checkpoint_path: "a"\nall_model_checkpoint_paths: "a"\n'

    def read(rng: random.Random) -> None:
        (folder / "checkpoint").write_bytes(mutated(original, rng))
        tf.train.get_checkpoint_state(str(folder))
        tf.train.latest_checkpoint(str(folder))

    return read


COMPRESSED = {"": lambda content: content, "GZIP": gzip.compress, "ZLIB": zlib.compress}
KINDS = tf.python_io.TFRecordCompressionType


def record_file(folder: Path, compression: str) -> Read:
    contents = [b"one", b"two" * 50, b""]
    options = tf.python_io.TFRecordOptions(getattr(KINDS, compression or "NONE"))

    def read(rng: random.Random) -> None:
        if rng.random() < 0.5:
            content = COMPRESSED[compression](records(*contents, rng=rng))
        else:
            content = mutated(COMPRESSED[compression](records(*contents)), rng)
        (folder / "records").write_bytes(content)
        for _ in tf.python_io.tf_record_iterator(str(folder / "records"), options):
            pass

    return read


def events(folder: Path) -> Read:
    value = tf.Summary.Value(tag="loss", simple_value=1.0)
    originals = [
        Event(file_version="brain.Event:2"),
        Event(step=1, summary=tf.Summary(value=[value])),
    ]

    def read(rng: random.Random) -> None:
        contents = [serialized(message, rng) for message in originals]
        (folder / "events").write_bytes(records(*contents))
        for _ in tf.train.summary_iterator(str(folder / "events")):
            pass

    return read


def digits(kind: str) -> Read:
    sizes = (3, 4, 5) if kind == "images" else (60,)
    magic = 2051 if kind == "images" else 2049
    original = np.array([magic, *sizes], ">u4").tobytes() + bytes(range(1, 61))
    extract = mnist.extract_images if kind == "images" else mnist.extract_labels

    def read(rng: random.Random) -> None:
        content = mutated(original, rng)
        packed = gzip.compress(content) if rng.random() < 0.7 else mutated(original, rng)
        extract(io.BytesIO(packed))

    return read


# ---- Graphs ----


def example_graph() -> tf.Graph:
    graph = tf.Graph()
    with graph.as_default(), tf.name_scope("net"):
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        w = tf.get_variable("w", initializer=np.ones((4, 2), np.float32))
        y = tf.concat([tf.matmul(x, w), tf.split(x, 2, 1)[0]], 1, name="y")
        z = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a * 2.0), [0, y])[1]
        tf.reshape(
            tf.nn.conv2d(tf.reshape(z, [1, -1, 4, 1]), tf.ones([1, 1, 1, 1]), [1] * 4, "SAME"), [-1]
        )
        tf.train.Saver()
    return graph


def imported(message: Any, change: Callable[[Any], Any]) -> object:
    """Puts a message into a graph, which is as it was if it is refused."""
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="there")
        before = graph.as_graph_def().SerializeToString(deterministic=True)
        try:
            return change(message)
        except Exception:
            assert graph.as_graph_def().SerializeToString(deterministic=True) == before
            raise


def graph_def(is_text: bool) -> Read:
    original = example_graph().as_graph_def()

    def read(rng: random.Random) -> None:
        content = serialized(original, rng, is_text)
        if is_text:
            message = text_format.Parse(content.decode("utf-8", "replace"), tf.GraphDef())
        else:
            message = tf.GraphDef.FromString(content)
        imported(message, tf.import_graph_def)

    return read


def meta_graph(folder: Path, is_text: bool) -> Read:
    with example_graph().as_default():
        original = tf.train.export_meta_graph()

    def read(rng: random.Random) -> None:
        path = folder / ("graph.pbtxt" if is_text else "graph.meta")
        path.write_bytes(serialized(original, rng, is_text))
        imported(str(path), tf.train.import_meta_graph)

    return read


def saved_model(folder: Path) -> Read:
    shutil.copytree(GOLDEN / "model", folder / "model")
    path = folder / "model" / "saved_model.pb"
    original = SavedModel.FromString(path.read_bytes())

    def load(export_dir: str) -> None:
        with tf.Session() as session:
            tf.saved_model.loader.load(session, ["serve"], export_dir)

    def read(rng: random.Random) -> None:
        path.write_bytes(serialized(original, rng))
        with tf.Graph().as_default():
            load(str(folder / "model"))

    return read


# ---- What sessions read ----


class Op:
    """An operation that reads strings, in a session that stays."""

    def __init__(self, build: Callable[[tf.Tensor], Any], originals: list[Any]) -> None:
        with tf.Graph().as_default():
            self._fed = tf.placeholder(tf.string, [None])
            self._fetched = build(self._fed)
            self._four = tf.constant(2) + 2
            self._session = tf.Session()
        self._originals = originals

    def __call__(self, rng: random.Random) -> None:
        values = [
            mutated(original, rng) if isinstance(original, bytes) else serialized(original, rng)
            for original in self._originals
        ]
        try:
            self._session.run(self._fetched, {self._fed: values})
        finally:
            assert self._session.run(self._four) == 4


def example_message() -> Any:
    message = tf.train.Example()
    feature = message.features.feature
    feature["f"].float_list.value.extend([1.0, 2.0])
    feature["i"].int64_list.value.extend([3, -4])
    feature["s"].bytes_list.value.extend([b"text", b""])
    return message


def parse_example() -> Read:
    features = {
        "f": tf.FixedLenFeature([2], tf.float32, [0.0, 0.0]),
        "i": tf.VarLenFeature(tf.int64),
        "s": tf.FixedLenSequenceFeature([], tf.string, allow_missing=True),
    }
    return Op(lambda x: tf.parse_example(x, features), [example_message()] * 2)


def parse_sequence_example() -> Read:
    message = tf.train.SequenceExample(context=example_message().features)
    steps = message.feature_lists.feature_list["steps"].feature
    for step in range(3):
        steps.add().int64_list.value.append(step)
    context = {"f": tf.FixedLenFeature([2], tf.float32)}
    sequence = {"steps": tf.FixedLenSequenceFeature([], tf.int64)}
    return Op(
        lambda x: tf.parse_single_sequence_example(x[0], context, sequence),
        [message],
    )


def image(kind: str) -> Read:
    pixels = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(8, 9, 3)
    stream = io.BytesIO()
    pytest.importorskip("PIL.Image").fromarray(pixels).save(stream, kind)
    return Op(lambda x: tf.image.decode_image(x[0]), [stream.getvalue()])


def csv(x: tf.Tensor) -> Any:
    return tf.decode_csv(x, [[0.0], [1], [""], tf.constant([], tf.int64)])


def config(folder: Path) -> Read:
    original = tf.ConfigProto(device_count={"CPU": 2}, intra_op_parallelism_threads=2)
    original.gpu_options.per_process_gpu_memory_fraction = 0.5
    original.gpu_options.visible_device_list = "1,0"
    original.gpu_options.experimental.virtual_devices.add(memory_limit_mb=[1024, 2048])
    original.graph_options.optimizer_options.opt_level = -1
    console = Console(file=io.StringIO())

    def read(rng: random.Random) -> None:
        (folder / "config.pbtxt").write_bytes(serialized(original, rng, is_text=True))
        assert check_config(console, str(folder / "config.pbtxt"), False) in (0, 1, 2)

    return read


READERS: dict[str, tuple[Callable[[Path], Read], tuple[type[Exception], ...]]] = {
    "index of a checkpoint": (lambda f: checkpoint(f, "v2.index", "v2", True), FILE_ERRORS),
    "data of a checkpoint": (
        lambda f: checkpoint(f, "v2.data-00000-of-00001", "v2"),
        FILE_ERRORS,
    ),
    "checkpoint of version 1": (lambda f: checkpoint(f, "v1", "v1"), V1_ERRORS),
    "state of checkpoints": (checkpoint_state, (ValueError,)),
    "records": (lambda f: record_file(f, ""), FILE_ERRORS),
    "records, gzip": (lambda f: record_file(f, "GZIP"), FILE_ERRORS),
    "records, zlib": (lambda f: record_file(f, "ZLIB"), FILE_ERRORS),
    "events": (events, (*FILE_ERRORS, DecodeError)),
    "images of digits": (lambda _: digits("images"), (ValueError,)),
    "labels of digits": (lambda _: digits("labels"), (ValueError,)),
    "graph": (lambda _: graph_def(False), (*GRAPH_ERRORS, *TEXT_ERRORS)),
    "graph as text": (lambda _: graph_def(True), (*GRAPH_ERRORS, *TEXT_ERRORS)),
    "meta graph": (lambda f: meta_graph(f, False), META_ERRORS),
    "meta graph as text": (lambda f: meta_graph(f, True), META_ERRORS),
    "saved model": (saved_model, (*META_ERRORS, *FILE_ERRORS, RuntimeError)),
    "examples": (lambda _: parse_example(), VALUE_ERRORS),
    "sequence examples": (lambda _: parse_sequence_example(), VALUE_ERRORS),
    "csv": (lambda _: Op(csv, [b'1.5,2,"a ""b""",4'] * 2), VALUE_ERRORS),
    "png": (lambda _: image("PNG"), VALUE_ERRORS),
    "jpeg": (lambda _: image("JPEG"), VALUE_ERRORS),
    "gif": (lambda _: image("GIF"), VALUE_ERRORS),
    "bmp": (lambda _: image("BMP"), VALUE_ERRORS),
    "tensor": (
        lambda _: Op(
            lambda x: tf.parse_tensor(x[0], tf.float32), [tf.make_tensor_proto([[1.0, 2.0]])]
        ),
        VALUE_ERRORS,
    ),
    "json": (
        lambda _: Op(
            tf.decode_json_example,
            [b'{"features": {"feature": {"a": {"int64List": {"value": ["1"]}}}}}'],
        ),
        VALUE_ERRORS,
    ),
    "base64": (lambda _: Op(tf.decode_base64, [b"YWJjZA"]), VALUE_ERRORS),
    "raw": (lambda _: Op(lambda x: tf.decode_raw(x, tf.int32), [b"abcd" * 3]), VALUE_ERRORS),
    "numbers": (lambda _: Op(lambda x: tf.string_to_number(x), [b"1.5e3", b"0x1p3"]), VALUE_ERRORS),
    "options": (config, ()),
}  # fmt: skip


def read_many(name: str, folder: Path, count: int) -> None:
    make, allowed = READERS[name]
    read = make(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        rng = random.Random(f"{name} {number}")
        start, is_told = time.process_time(), True
        try:
            read(rng)
        except allowed as error:
            is_told = str(error) != ""
        except Exception as error:
            raise AssertionError(f"{name} {number}: {type(error).__name__}: {error}") from error
        assert is_told, number
        assert time.process_time() - start < SECONDS, number
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) << 10
    assert used < MEMORY


@pytest.mark.parametrize("name", READERS)
def test_damaged_input_is_an_error_that_says_so(name: str, tmp_path: Path) -> None:
    read_many(name, tmp_path, 40)


@pytest.mark.long
@pytest.mark.parametrize("name", READERS)
def test_ten_thousand_damaged_inputs(name: str, tmp_path: Path) -> None:
    read_many(name, tmp_path, 10_000)
