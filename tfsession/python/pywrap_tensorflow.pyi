# Written by tfsession/python/stubs.py.
from tfsession.train import *
from tfsession import OpError as OpError
from tfsession.formats.events import EventsWriter as EventsWriter
