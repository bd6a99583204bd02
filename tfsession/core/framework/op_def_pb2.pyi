# Written by tfsession/python/stubs.py.
from tfsession.protos.op_def_pb2 import *
