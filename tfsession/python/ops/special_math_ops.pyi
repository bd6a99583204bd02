# Written by tfsession/python/stubs.py.
from tfsession.ops.special import *
from tfsession import einsum as einsum
