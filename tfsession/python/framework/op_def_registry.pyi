# Written by tfsession/python/stubs.py.
from tfsession.python.internals import get_registered_ops as get_registered_ops
