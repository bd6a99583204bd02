# Written by tfsession/python/stubs.py.
from tfsession.ops.math import *
from tfsession.ops.contraction import *
from tfsession.ops.reduction import *
from tfsession.ops.special import *
from tfsession import matmul as matmul
from tfsession import einsum as einsum
from tfsession import tensordot as tensordot
from tfsession import multiply as _multiply
mul = _multiply
from tfsession import subtract as _subtract
sub = _subtract
from tfsession import negative as _negative
neg = _negative
from tfsession import cross as cross
from tfsession import bincount as bincount
from tfsession import cumsum as cumsum
from tfsession import cumprod as cumprod
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
