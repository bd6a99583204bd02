# Written by tfsession/python/stubs.py.
from tfsession.summary import *
