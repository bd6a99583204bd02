# Written by tfsession/python/stubs.py.
from tfsession.protos.saved_object_graph_pb2 import *
