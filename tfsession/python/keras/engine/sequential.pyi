# Written by tfsession/python/stubs.py.
from tfsession.keras import Sequential as Sequential
