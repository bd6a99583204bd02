# Written by tfsession/python/stubs.py.
from tfsession.protos.full_type_pb2 import *
