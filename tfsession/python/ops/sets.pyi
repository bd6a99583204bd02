# Written by tfsession/python/stubs.py.
from tfsession.sets import *
