# Written by tfsession/python/stubs.py.
from tfsession.app import *
