"""Records of the ops on arrays of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.cases.record import Case, normal

ANY = ("float32", "float64", "int32")
X = normal((4, 3))


def _array(tf: Any, x: Any, **options: Any) -> Any:
    return tf.TensorArray(x.dtype, size=4, element_shape=[3], **options)


def _read(tf: Any, x: Any) -> Any:
    array = _array(tf, x, clear_after_read=False)
    for index in range(4):
        array = array.write(index, x[index] + x[index])
    return [array.read(3), array.read(0), array.size()]


def _gather(tf: Any, x: Any) -> Any:
    array = _array(tf, x, clear_after_read=False).unstack(x)
    return [array.gather([2, 0]), array.stack()]


def _concat(tf: Any, x: Any) -> Any:
    array = tf.TensorArray(x.dtype, size=2, infer_shape=False)
    return array.split(x, [1, 3]).concat()


def _close(tf: Any, x: Any) -> Any:
    array = _array(tf, x).unstack(x)
    y = array.stack()
    with tf.control_dependencies([y]):
        close = array.close()
    with tf.control_dependencies([close]):
        return tf.identity(y)


def _gradient(tf: Any, x: Any) -> Any:
    array = _array(tf, x).unstack(x)
    gradient = array.grad("gradients").write(1, x[0]).write(1, x[1])
    return gradient.read(1)


def _gradient_with_shape(tf: Any, x: Any) -> Any:
    array = _array(tf, x).unstack(x)
    handle, flow = tf.raw_ops.TensorArrayGradWithShape(
        handle=array.handle, flow_in=array.flow, shape_to_prepend=[2], source="gradients"
    )
    flow = tf.raw_ops.TensorArrayWriteV3(handle=handle, index=0, value=x[:2], flow_in=flow)
    return tf.raw_ops.TensorArrayReadV3(handle=handle, index=0, flow_in=flow, dtype=x.dtype)


def _texts(rng: Any, dtype: Any) -> list[Any]:
    return [np.array([b"a", b"b", b"c"], object), np.array(b"-", object)]


def _strings(tf: Any, x: Any, y: Any) -> Any:
    array = tf.TensorArray(tf.string, size=3, clear_after_read=False)
    array = array.write(0, x[2]).write(1, y + y).write(2, tf.gather(x, 0))
    split = tf.TensorArray(tf.string, size=2, infer_shape=False).split(x, [1, 2])
    return [array.stack(), array.read(1), tf.expand_dims(array.read(0), 0), split.concat()]


def _mapped_strings(tf: Any, x: Any, y: Any) -> Any:
    mapped = tf.map_fn(lambda z: tf.string_join([z, y]), x)
    return [mapped, tf.scan(lambda a, b: a + b, x), tf.foldl(lambda a, b: a + b, x)]


CASES = [
    Case("TensorArrayGatherV3", "mapped-strings", _mapped_strings, _texts),
    *[
        Case(op, "strings", _strings, _texts)
        for op in ("TensorArrayWriteV3", "TensorArrayReadV3", "TensorArrayGatherV3",
                   "TensorArrayConcatV3")
    ],
    *[
        Case(op, "", _read, X, ANY, lambda x: [x[3] + x[3], x[0] + x[0], 4])
        for op in (
            "TensorArrayV3", "TensorArrayWriteV3", "TensorArrayReadV3", "TensorArraySizeV3",
        )
    ],
    *[
        Case(op, "", _gather, X, ANY, lambda x: [x[[2, 0]], x])
        for op in ("TensorArrayGatherV3", "TensorArrayScatterV3")
    ],
    *[
        Case(op, "", _concat, X, ANY, lambda x: x)
        for op in ("TensorArraySplitV3", "TensorArrayConcatV3")
    ],
    Case("TensorArrayCloseV3", "", _close, X, ANY, lambda x: x),
    Case("TensorArrayGradV3", "", _gradient, X, ANY, lambda x: x[0] + x[1], gradient=False),
    Case("TensorArrayGradWithShape", "", _gradient_with_shape, X, ANY, lambda x: x[:2],
         gradient=False),
]  # fmt: skip
