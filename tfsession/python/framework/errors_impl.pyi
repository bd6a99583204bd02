# Written by tfsession/python/stubs.py.
from tfsession.errors import *
