# Written by tfsession/python/stubs.py.
from tfsession.report.timeline import *
