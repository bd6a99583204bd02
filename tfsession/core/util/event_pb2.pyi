# Written by tfsession/python/stubs.py.
from tfsession.protos.event_pb2 import *
