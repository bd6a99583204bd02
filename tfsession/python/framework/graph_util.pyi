# Written by tfsession/python/stubs.py.
from tfsession.graph_util import *
