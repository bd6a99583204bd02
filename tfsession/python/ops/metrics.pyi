# Written by tfsession/python/stubs.py.
from tfsession.metrics import *
