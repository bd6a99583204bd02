"""Records of tfsession/ops/checkpoint.py: what is saved in a step is restored in the same step."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.cases.record import Case

FOLDER = Path(tempfile.gettempdir()) / "tfsession-records"
DTYPES = ("float32", "float64", "int32", "int64")

# Files are named after the record and the dtype: tests of several devices may run side by side.
SPECS = ["4 3 0,2:-", "4 3 2,2:-"]


def prefix(tf: Any, *words: str) -> str:
    """A path of this process alone."""
    return str(FOLDER / "-".join((tf.__name__, *words)))


def matrix(rng: np.random.Generator, dtype: np.dtype) -> list[np.ndarray]:
    return [(rng.standard_normal((4, 3)) * 9).astype(dtype)]


def saved_and_restored(tf: Any, x: Any) -> Any:
    """The whole, and a part that lies in both parts that were saved."""
    path = prefix(tf, "v2", x.dtype.name)
    saved = tf.raw_ops.SaveV2(
        prefix=path,
        tensor_names=["x", "p", "p"],
        shape_and_slices=["", *SPECS],
        tensors=[x, x[:2], x[2:]],
    )
    with tf.control_dependencies([saved]):
        return list(
            tf.raw_ops.RestoreV2(
                prefix=path,
                tensor_names=["x", "p"],
                shape_and_slices=["", "4 3 1,2:1,2"],
                dtypes=[x.dtype, x.dtype],
            )
        )


def merged(tf: Any, x: Any) -> Any:
    """A part of what two bundles that are made one have together."""
    path = prefix(tf, "merged", x.dtype.name)
    shards = [f"{path}_temp/{number}" for number in "01"]
    saved = [
        tf.raw_ops.SaveV2(prefix=shard, tensor_names=["p"], shape_and_slices=[spec], tensors=[part])
        for shard, spec, part in zip(shards, SPECS, (x[:2], x[2:]), strict=True)
    ]
    with tf.control_dependencies(saved):
        whole = tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=shards, destination_prefix=path)
    with tf.control_dependencies([whole]):
        restored = tf.raw_ops.RestoreV2(
            prefix=path, tensor_names=["p"], shape_and_slices=[""], dtypes=[x.dtype]
        )
    return restored[0] if isinstance(restored, (list, tuple)) else restored


def old(save: str) -> Any:
    """The same with the ops of the first version."""

    def build(tf: Any, x: Any) -> Any:
        path = prefix(tf, save, x.dtype.name)
        specs = {"shapes_and_slices": [""]} if save == "SaveSlices" else {}
        saved = getattr(tf.raw_ops, save)(filename=path, tensor_names=["x"], data=[x], **specs)
        with tf.control_dependencies([saved]):
            whole = tf.raw_ops.Restore(file_pattern=path, tensor_name="x", dt=x.dtype)
            part = tf.raw_ops.RestoreSlice(
                file_pattern=path, tensor_name="x", shape_and_slice="4 3 1,2:1,2", dt=x.dtype
            )
        return [whole, part]

    return build


def both(x: np.ndarray) -> list[np.ndarray]:
    return [x, x[1:3, 1:3]]


def name(rng: np.random.Generator, dtype: np.dtype) -> list[Any]:
    return [np.array(b"folder/name", object), np.int32(3), np.int32(12)]


FILES = {"gradient": False, "unknown": False}

CASES = [
    Case("SaveV2", "", saved_and_restored, matrix, DTYPES, both, **FILES),
    Case("RestoreV2", "", saved_and_restored, matrix, DTYPES, both, **FILES),
    Case("MergeV2Checkpoints", "", merged, matrix, DTYPES, lambda x: x, **FILES),
    Case("Save", "", old("Save"), matrix, DTYPES, both, **FILES),
    Case("SaveSlices", "", old("SaveSlices"), matrix, DTYPES, both, **FILES),
    Case("Restore", "", old("SaveSlices"), matrix, DTYPES, both, **FILES),
    Case("RestoreSlice", "", old("SaveSlices"), matrix, DTYPES, both, **FILES),
    Case(
        "ShardedFilename",
        "",
        lambda tf, base, shard, count: tf.raw_ops.ShardedFilename(
            basename=base, shard=shard, num_shards=count
        ),
        name,
        ("string",),
        lambda base, shard, count: np.array(b"folder/name-00003-of-00012", object),
        gradient=False,
    ),
    Case(
        "ShardedFilespec",
        "",
        lambda tf, base, shard, count: tf.raw_ops.ShardedFilespec(basename=base, num_shards=count),
        name,
        ("string",),
        lambda base, shard, count: np.array(b"folder/name-?????-of-00012", object),
        gradient=False,
    ),
]
