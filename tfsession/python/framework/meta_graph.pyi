# Written by tfsession/python/stubs.py.
from tfsession.graph.meta_graph import *
