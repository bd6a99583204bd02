# Written by tfsession/python/stubs.py.
from tfsession import TensorSpec as TensorSpec
