# Written by tfsession/python/stubs.py.
from tfsession.protos.device_pb2 import *
