# Written by tfsession/python/stubs.py.
from tfsession.ops.random import *
from tfsession.random import categorical as categorical
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
