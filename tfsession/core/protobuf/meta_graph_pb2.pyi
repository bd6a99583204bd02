# Written by tfsession/python/stubs.py.
from tfsession.protos.meta_graph_pb2 import *
