# Written by tfsession/python/stubs.py.
from tfsession.protos.graph_pb2 import *
