# Written by tfsession/python/stubs.py.
from tfsession.python.local_devices import list_local_devices as list_local_devices
