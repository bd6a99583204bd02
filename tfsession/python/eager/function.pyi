# Written by tfsession/python/stubs.py.
