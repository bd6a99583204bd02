# Written by tfsession/python/stubs.py.
from tfsession.flags import *
