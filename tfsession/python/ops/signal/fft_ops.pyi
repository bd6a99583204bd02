# Written by tfsession/python/stubs.py.
from tfsession.ops.spectral import *
