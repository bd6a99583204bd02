# Written by tfsession/python/stubs.py.
from tfsession.nest import *
from tfsession.nest import assert_shallow_structure as assert_shallow_structure
from tfsession.nest import flatten_dict_items as flatten_dict_items
from tfsession.nest import flatten_up_to as flatten_up_to
from tfsession.nest import flatten_with_joined_string_paths as flatten_with_joined_string_paths
from tfsession.nest import flatten_with_tuple_paths as flatten_with_tuple_paths
from tfsession.nest import is_sequence as is_sequence
from tfsession.nest import is_sequence_or_composite as is_sequence_or_composite
from tfsession.nest import map_structure_up_to as map_structure_up_to
from tfsession.nest import map_structure_with_paths as map_structure_with_paths
from tfsession.nest import map_structure_with_tuple_paths as map_structure_with_tuple_paths
