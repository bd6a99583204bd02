# Written by tfsession/python/stubs.py.
from tfsession.python_io import *
