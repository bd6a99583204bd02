# Written by tfsession/python/stubs.py.
from tfsession.protos.types_pb2 import *
