# Written by tfsession/python/stubs.py.
from tfsession.protos.struct_pb2 import *
