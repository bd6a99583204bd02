# Written by tfsession/python/stubs.py.
from tfsession.layers.arguments import op_format as _op_format
convert_data_format = _op_format
from tfsession.layers.arguments import data_format as _data_format
normalize_data_format = _data_format
from tfsession.layers.arguments import padding as _padding
normalize_padding = _padding
from tfsession.layers.arguments import sizes as _sizes
normalize_tuple = _sizes
from tfsession.layers.arguments import output_size as _output_size
conv_output_length = _output_size
from tfsession.layers.arguments import input_size as _input_size
deconv_output_length = _input_size
from tfsession.ops.control_flow import smart_cond as smart_cond
from tfsession.ops.control_flow import smart_constant_value as _smart_constant_value
constant_value = _smart_constant_value
