# Written by tfsession/python/stubs.py.
from tfsession import map_fn as map_fn
