# Written by tfsession/python/stubs.py.
from tfsession.sparse import *
from tfsession.ops.sparse import *
from tfsession.ops.serialization import *
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
