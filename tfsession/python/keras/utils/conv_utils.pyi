# Written by tfsession/python/stubs.py.
from tfsession.layers.arguments import sizes as _sizes
normalize_tuple = _sizes
from tfsession.layers.arguments import padding as _padding
normalize_padding = _padding
from tfsession.layers.arguments import data_format as _data_format
normalize_data_format = _data_format
from tfsession.layers.arguments import output_size as _output_size
conv_output_length = _output_size
