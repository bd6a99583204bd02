# Written by tfsession/python/stubs.py.
from tfsession.train.file_writer import FileWriter as _FileWriter
SummaryWriter = _FileWriter
from tfsession.train.file_writer import FileWriterCache as _FileWriterCache
SummaryWriterCache = _FileWriterCache
from tfsession.train import summary_iterator as summary_iterator
