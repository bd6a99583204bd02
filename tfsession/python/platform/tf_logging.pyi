# Written by tfsession/python/stubs.py.
from tfsession.logging import *
