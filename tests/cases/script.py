"""Records of Python functions in graphs."""

from __future__ import annotations

import numpy as np

from tests.cases.record import NUMBERS, Case, normal

CASES = [
    Case(
        "PyFunc",
        "",
        build=lambda tf, x: tf.py_func(lambda a: [a * 2, a[:1]], [x], [x.dtype, x.dtype]),
        inputs=normal((2, 3)),
        dtypes=("float16", *NUMBERS),
        expected=lambda x: [x * 2, x[:1]],
    ),
    Case(
        "PyFuncStateless",
        "",
        build=lambda tf, x: tf.py_func(np.transpose, [x], x.dtype, stateful=False),
        inputs=normal((2, 3)),
        dtypes=NUMBERS,
        expected=np.transpose,
    ),
    Case(
        "EagerPyFunc",
        "",
        build=lambda tf, x: tf.py_function(lambda a: tf.square(a) + a, [x], x.dtype),
        inputs=normal((2, 3)),
        dtypes=("float32", "float64"),
        expected=lambda x: x * x + x,
        golden=False,
    ),
]
