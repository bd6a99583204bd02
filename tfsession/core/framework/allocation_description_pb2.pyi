# Written by tfsession/python/stubs.py.
from tfsession.protos.step_stats_pb2 import *
