# Written by tfsession/python/stubs.py.
from tfsession.nn import *
