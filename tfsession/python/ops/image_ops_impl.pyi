# Written by tfsession/python/stubs.py.
from tfsession.image import *
