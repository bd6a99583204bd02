# Written by tfsession/python/stubs.py.
from tfsession.ops.ctc import *
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
