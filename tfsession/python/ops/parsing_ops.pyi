# Written by tfsession/python/stubs.py.
from tfsession import parse_example as parse_example
from tfsession import parse_single_example as parse_single_example
from tfsession import parse_tensor as parse_tensor
from tfsession import decode_raw as decode_raw
from tfsession import decode_csv as decode_csv
from tfsession import FixedLenFeature as FixedLenFeature
from tfsession import VarLenFeature as VarLenFeature
from tfsession import FixedLenSequenceFeature as FixedLenSequenceFeature
from tfsession import SparseFeature as SparseFeature
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
