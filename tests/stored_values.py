"""What is in the checkpoints that `tests/golden/record_checkpoints.py` records."""

import numpy as np

VALUES = {
    "a/float": np.array([[1.5, -2.0, 3.25]], np.float32),
    "a/double": np.array(0.1, np.float64),
    "half": np.array([1.0, -0.5], np.float16),
    "int8": np.array([-128, 127], np.int8),
    "int16": np.array([[-300], [7]], np.int16),
    "int32": np.array(7, np.int32),
    "int64": np.array([-(2**40)], np.int64),
    "uint8": np.array([255], np.uint8),
    "uint16": np.array([65535], np.uint16),
    "bool": np.array([True, False, True]),
    "complex64": np.array([1 + 2j], np.complex64),
    "complex128": np.array(3 - 4j, np.complex128),
    "string": np.array([b"x", b"", b"y\0z" * 50], object),
    "empty": np.zeros((0, 3), np.float32),
}

# A variable in two parts, and one of a dtype that NumPy lacks.
PARTS = np.full((2, 3), 2.5, np.float32)
BFLOAT16 = [1.5, -2.0]

# How many variables of one number each the checkpoint of several blocks has.
MANY = 1100


def name_of_many(number: int) -> str:
    """The name of one of them."""
    return f"layer_{number:05d}/{'kernel' * 40}"
