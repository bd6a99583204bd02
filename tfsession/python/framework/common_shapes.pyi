# Written by tfsession/python/stubs.py.
from tfsession.ops.array import broadcast_static_shape as _broadcast_static_shape
broadcast_shape = _broadcast_static_shape
