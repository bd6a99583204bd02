"""Records of printing; what is printed, tests/test_printing.py looks at."""

from __future__ import annotations

import os
from typing import Any

from tests.cases.record import Case, normal


def _printed(tf: Any, x: Any) -> Any:
    with tf.control_dependencies([tf.print(x, output_stream=f"file://{os.devnull}")]):
        return tf.identity(x)


CASES = [
    Case("PrintV2", "", build=_printed, inputs=normal((2, 3)), expected=lambda x: x, golden=False)
]
