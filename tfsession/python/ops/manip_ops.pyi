# Written by tfsession/python/stubs.py.
from tfsession.manip import *
