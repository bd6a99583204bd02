# Written by tfsession/python/stubs.py.
from tfsession.train.file_writer import FileWriter as FileWriter
