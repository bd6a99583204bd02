# Written by tfsession/python/stubs.py.
from tfsession.protos.control_flow_pb2 import *
