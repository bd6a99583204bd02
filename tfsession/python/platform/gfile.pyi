# Written by tfsession/python/stubs.py.
from tfsession.gfile import *
