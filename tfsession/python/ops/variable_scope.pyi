# Written by tfsession/python/stubs.py.
from tfsession.variables.scope import *
