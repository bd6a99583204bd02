# Written by tfsession/python/stubs.py.
from tfsession import TensorArray as TensorArray
