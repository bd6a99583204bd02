# Written by tfsession/python/stubs.py.
from tfsession.compat import *
