# Written by tfsession/python/stubs.py.
from tfsession.ops.array import constant as constant
