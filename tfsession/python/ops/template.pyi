# Written by tfsession/python/stubs.py.
from tfsession.variables.template import *
