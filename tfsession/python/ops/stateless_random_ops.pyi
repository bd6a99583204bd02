# Written by tfsession/python/stubs.py.
from tfsession.random import *
