"""Summaries and event files of small programs; run on TensorFlow 1.15, it records what they are.

Usage: python tests/golden/record_summaries.py tests/golden/summaries.json
"""

from __future__ import annotations

import glob
import json
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np


def numbers(*shape: int, scale: float = 1.0, dtype: Any = np.float32) -> np.ndarray:
    """The same numbers everywhere, of both signs."""
    count = int(np.prod(shape))
    return (scale * np.sin(0.7 * np.arange(count) + 0.3)).reshape(shape).astype(dtype)


def _nested(tf: Any) -> Any:
    with tf.variable_scope("v"), tf.name_scope("n"):
        tf.summary.scalar("a", 1.0, family="fam")
        tf.summary.scalar("a", 2.0, family="fam")
        tf.summary.scalar("a/b", 3.0, family="fam/x")
        tf.summary.text("t", tf.constant(["x", "y"]))
        tf.summary.tensor_summary("ts", 1.0)
    return tf.summary.merge_all()


def _collections(tf: Any) -> Any:
    with tf.name_scope("s"):
        tf.summary.scalar("a", 1.0)
    tf.summary.scalar("b", 2.0, collections=["k"])
    tf.summary.scalar("c", 3.0, collections=[])
    tf.summary.scalar("d", 4.0)
    merged = tf.summary.merge_all(), tf.summary.merge_all(scope="s"), tf.summary.merge_all("k")
    return tf.summary.merge_all(name="all") if all(m is not None for m in merged) else None


def _old(tf: Any, name: str) -> Callable[..., Any]:
    from importlib import import_module

    ops = import_module(tf.__name__ + ".python.ops.logging_ops")
    return getattr(ops, name)  # type: ignore[no-any-return]


def _described(tf: Any) -> Any:
    plugin = tf.SummaryMetadata.PluginData(plugin_name="p", content=b"c")
    return tf.summary.tensor_summary(
        "t",
        np.arange(6).reshape(2, 3),
        summary_description="what it is",
        summary_metadata=tf.SummaryMetadata(plugin_data=plugin),
        display_name="shown",
        family="fam",
    )


def _histogram(values: Any) -> Callable[[Any], Any]:
    # A plain array would become float32, the default of the op.
    wide = getattr(values, "dtype", None) == np.float64
    return lambda tf: tf.summary.histogram("h", tf.constant(values) if wide else values)


def _image(values: Any, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda tf: tf.summary.image("i", values, **kwargs)


def _audio(values: Any, rate: Any = 8000.0, **kwargs: Any) -> Callable[[Any], Any]:
    return lambda tf: tf.summary.audio("au", np.asarray(values, np.float32), rate, **kwargs)


SAMPLES = [[0.5, -0.5, 1, -1, 2, -2, 1 / 65536, -1 / 65536, 3 / 65536, 0.999999, np.nan]]

SUMMARIES: dict[str, Callable[[Any], Any]] = {
    "scalar": lambda tf: tf.summary.scalar("a", 1.5),
    "scalar, illegal name": lambda tf: tf.summary.scalar("/my loss:1", 1.0, family="f g"),
    "scalar, int64": lambda tf: tf.summary.scalar("a", np.int64(2**62 + 1)),
    "scalar, too large": lambda tf: tf.summary.scalar("a", np.float64(1e300)),
    "scalar, half": lambda tf: tf.summary.scalar("a", np.float16(0.1)),
    "scalars": lambda tf: tf.raw_ops.ScalarSummary(tags=["a", "b"], values=[1.0, 0.0]),
    "no scalars": lambda tf: tf.raw_ops.ScalarSummary(tags=[], values=tf.zeros([0])),
    "nested": _nested,
    "collections": _collections,
    "histogram": _histogram([-1.0, 0.0, 0.5, 2.0, 2.0]),
    "histogram of integers": _histogram([3, 3]),
    "histogram of a scalar": _histogram(0.0),
    "histogram of nothing": _histogram(np.zeros(0, np.float32)),
    "histogram of many": _histogram(numbers(40, 50, scale=3.7)),
    "histogram of doubles": _histogram(numbers(500, scale=1e15, dtype=np.float64) ** 3),
    "histogram of large ones": _histogram(np.array([1e300, -1e300, 1e-300, 1e19, 1.1e20])),
    "histogram of halves": _histogram(numbers(100, dtype=np.float16)),
    "histogram of a bool": _histogram(True),
    "histogram of bytes": _histogram(np.arange(256).astype(np.uint8)),
    "images of floats": _image(numbers(4, 5, 6, 3)),
    "images of positive floats": _image(np.abs(numbers(2, 5, 6, 1))),
    "images of doubles": _image(numbers(2, 5, 6, 4, dtype=np.float64)),
    "images of halves": _image(numbers(2, 5, 6, 1, dtype=np.float16)),
    "images of large halves": _image(numbers(1, 5, 6, 1, scale=60000, dtype=np.float16)),
    "images of bytes": _image(np.arange(120).reshape(2, 5, 4, 3).astype(np.uint8)),
    "images of integers": _image(np.arange(4).reshape(1, 2, 2, 1)),
    "one image": _image(numbers(4, 2, 2, 1), max_outputs=1),
    "no image": _image(np.zeros([0, 2, 2, 1], np.float32)),
    "dark image": _image(np.full([1, 2, 2, 1], 1e-7, np.float32)),
    "image of a few": _image(np.float32([[[[0.0005], [0.001]], [[0.001], [0.002]]]])),
    "image with holes": _image(
        np.float32([[[[np.nan, 1, 2], [1, 2, 4]], [[np.inf, 0, 0], [0, 0, -1]]]])
    ),
    "image of holes": _image(np.full([1, 1, 1, 4], np.nan, np.float32)),
    "audio": _audio(SAMPLES, 44100.0),
    "audio of two channels": _audio(numbers(4, 3, 2), 8000.5),
    "one audio": _audio(numbers(2, 3), 16000.0, max_outputs=1),
    "text": lambda tf: tf.summary.text("t", tf.constant([["a", "b"]])),
    "tensor": _described,
    "tensor, no metadata": lambda tf: tf.raw_ops.TensorSummaryV2(
        tag="a", tensor=np.zeros([2, 0], np.float32), serialized_summary_metadata=b"\x07\xff"
    ),
    "tensor of bools": lambda tf: tf.summary.tensor_summary("t", True),
    "tensor of halves": lambda tf: tf.summary.tensor_summary("t", np.float16([1, 2])),
    "old tensor": lambda tf: tf.raw_ops.TensorSummary(tensor=[1.0, 2.0], description="d"),
    "merge": lambda tf: tf.summary.merge(
        [tf.summary.scalar("a", 1.0), tf.summary.histogram("b", 1.0)], ["c"], "m"
    ),
    "merge of nothing": lambda tf: tf.raw_ops.MergeSummary(inputs=[b"", b""]),
    "merge of vectors": lambda tf: tf.raw_ops.MergeSummary(
        inputs=[
            tf.constant(["", ""]),
            tf.stack([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 1.0)]),
        ]
    ),
    "old scalar": lambda tf: _old(tf, "scalar_summary")(["x", "y/:"], [1.0, 2.0]),
    "old histogram": lambda tf: _old(tf, "histogram_summary")("x y", 1.0, name="n"),
    "old image": lambda tf: _old(tf, "image_summary")("x", np.zeros([2, 1, 1, 1], np.uint8), 1),
    "old audio": lambda tf: _old(tf, "audio_summary")("x", np.zeros([1, 1], np.float32), 1.0),
    "old merge": lambda tf: _old(tf, "merge_summary")([_old(tf, "scalar_summary")("x", 1.0)]),
    "old merge of all": lambda tf: (
        _old(tf, "scalar_summary")("x", 1.0),
        _old(tf, "merge_all_summaries")(),
    )[1],
}

MISTAKES: dict[str, Callable[[Any], Any]] = {
    "scalar of a vector": lambda tf: tf.summary.scalar("q", [1.0, 2.0]),
    "scalar of a string": lambda tf: tf.summary.scalar("q", "x"),
    "scalar without a name": lambda tf: tf.summary.scalar(None, 1.0),
    "scalar with an empty name": lambda tf: tf.summary.scalar("", 1.0),
    "more tags": lambda tf: tf.raw_ops.ScalarSummary(tags=["a", "b"], values=[1.0]),
    "a tag in a list": lambda tf: tf.raw_ops.ScalarSummary(tags=["a"], values=1.0),
    "histogram of nan": _histogram(np.float32([1, np.nan, np.inf])),
    "histogram of inf": _histogram(np.float32([1, -np.inf, np.nan])),
    "histogram, tags": lambda tf: tf.raw_ops.HistogramSummary(tag=["a"], values=0.0),
    "image of rank 3": _image(np.zeros([2, 2, 1], np.float32)),
    "image of two channels": _image(np.zeros([1, 2, 2, 2], np.float32)),
    "image without rows": _image(np.zeros([1, 0, 2, 3], np.float32)),
    "image of no outputs": _image(np.zeros([1, 2, 2, 1], np.float32), max_outputs=0),
    "image, tags": lambda tf: tf.raw_ops.ImageSummary(
        tag=["a"], tensor=np.zeros([1, 1, 1, 1], np.float32)
    ),
    "audio of rank 1": _audio(np.zeros(3)),
    "audio without a rate": _audio(np.zeros([1, 3]), 0.0),
    "audio without frames": _audio(np.zeros([1, 0])),
    "text of a str": lambda tf: tf.summary.text("t", "x"),
    "text of numbers": lambda tf: tf.summary.text("t", tf.constant(1.0, name="c")),
    "tensor, tags": lambda tf: tf.raw_ops.TensorSummaryV2(
        tag=["a"], tensor=1.0, serialized_summary_metadata=""
    ),
    "merge of two": lambda tf: tf.raw_ops.MergeSummary(
        inputs=[tf.raw_ops.ScalarSummary(tags="a", values=n) for n in (1.0, 2.0)]
    ),
    "merge of text": lambda tf: tf.raw_ops.MergeSummary(inputs=["x", b"\x07\xff"]),
    "merge of none": lambda tf: tf.summary.merge([]),
    "description of another op": lambda tf: tf.summary.get_summary_description(
        tf.constant(1.0, name="c").op.node_def
    ),
}


# ---- Running them ----


def outcome(
    tf: Any, build: Callable[[Any], Any], pixels: Callable[[bytes], np.ndarray]
) -> dict[str, Any]:
    """What a program builds, and the Summary that it gives, with pixels instead of PNG files."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tensor = build(tf)
        operations = [[o.name, o.type] for o in graph.get_operations()]
        keys = graph.get_all_collection_keys()
        collections = {key: [t.name for t in graph.get_collection(key)] for key in sorted(keys)}
        message = tf.Summary.FromString(session.run(tensor))
    for value in message.value:
        if value.HasField("image"):
            value.image.encoded_image_string = pixels(value.image.encoded_image_string).tobytes()
    return {
        "operations": operations,
        "collections": collections,
        "summary": message.SerializeToString().hex(),
    }


def mistake(tf: Any, build: Callable[[Any], Any]) -> list[str]:
    """The class and text of the error of a program."""
    with tf.Graph().as_default(), tf.Session() as session:
        try:
            session.run(build(tf))
        except Exception as error:
            text = str(getattr(error, "message", error)).splitlines()[0]
            return [type(error).__name__, text]
    return ["", ""]


def events(tf: Any, folder: str) -> list[list[str]]:
    """The events that a writer has written: what each is, and all but the time and the graph."""
    with tf.Graph().as_default() as graph:
        tf.constant(1.0, name="c")
        text = tf.summary.text("t", tf.constant("x"))
    writer = tf.summary.FileWriter(folder, graph, filename_suffix=".end")
    with tf.Session(graph=graph) as session:
        told = session.run(text)
    value = tf.Summary.Value(tag="z", simple_value=1)
    writer.add_summary(told, 1)
    writer.add_summary(tf.Summary.FromString(told), np.int64(2))
    writer.add_summary(tf.Summary(value=[value]))
    writer.add_summary(tf.Summary(value=[value]), 1.7)
    writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 5)
    writer.add_run_metadata(tf.RunMetadata(), "tag", 7)
    writer.add_event(tf.Event(wall_time=3.0, step=9, file_version="any"))
    writer.close()
    (path,) = glob.glob(os.path.join(folder, "events.out.tfevents.*.end"))
    found = []
    for event in tf.train.summary_iterator(path):
        kind = event.WhichOneof("what")
        event.wall_time = 0
        if kind in ("graph_def", "meta_graph_def"):
            setattr(event, kind, b"")
        found.append([kind, event.SerializeToString().hex()])
    return found


def main(path: str) -> None:
    """Writes the file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.ERROR)

    def pixels(png: bytes) -> np.ndarray:
        with tf.Graph().as_default(), tf.Session() as session:
            return np.asarray(session.run(tf.image.decode_png(png)))

    with tempfile.TemporaryDirectory() as folder:
        recorded = {
            "summaries": {name: outcome(tf, build, pixels) for name, build in SUMMARIES.items()},
            "mistakes": {name: mistake(tf, build) for name, build in MISTAKES.items()},
            "events": events(tf, folder),
        }
    with open(path, "w") as file:
        json.dump(recorded, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
