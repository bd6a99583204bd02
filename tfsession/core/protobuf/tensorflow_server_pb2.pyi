# Written by tfsession/python/stubs.py.
from tfsession.protos.server_pb2 import *
