# Written by tfsession/python/stubs.py.
from tfsession import foldl as foldl
from tfsession import foldr as foldr
from tfsession import map_fn as map_fn
from tfsession import scan as scan
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
