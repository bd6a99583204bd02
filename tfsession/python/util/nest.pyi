# Written by tfsession/python/stubs.py.
from tfsession.nest import *
