# Written by tfsession/python/stubs.py.
from tfsession.nn import *
from tfsession.ops.nn import bias_add_v1 as bias_add_v1
from tfsession.ops.nn import dropout_v2 as dropout_v2
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
