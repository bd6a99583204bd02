# Written by tfsession/python/stubs.py.
from tfsession.dtypes import *
