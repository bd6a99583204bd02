# Written by tfsession/python/stubs.py.
from tfsession.layers import *
