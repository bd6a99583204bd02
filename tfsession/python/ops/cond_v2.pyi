# Written by tfsession/python/stubs.py.
from tfsession import cond as cond
