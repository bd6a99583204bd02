# Written by tfsession/python/stubs.py.
from tfsession.protos.node_def_pb2 import *
