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
from tfsession.math import multiply_no_nan as multiply_no_nan
from tfsession.math import polyval as polyval
from tfsession.math import reduce_euclidean_norm as reduce_euclidean_norm
from tfsession.math import reduce_std as reduce_std
from tfsession.math import reduce_variance as reduce_variance
from tfsession.math import xdivy as xdivy
from tfsession.math import xlogy as xlogy
from collections.abc import Callable
from typing import Any
def __getattr__(name: str) -> Callable[..., Any]: ...
