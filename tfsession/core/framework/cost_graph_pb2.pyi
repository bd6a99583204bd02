# Written by tfsession/python/stubs.py.
from tfsession.protos.cost_graph_pb2 import *
