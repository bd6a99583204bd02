# Written by tfsession/python/stubs.py.
from tfsession.gfile import GFile as _GFile
FileIO = _GFile
from tfsession.gfile import FileStatistics as FileStatistics
from tfsession.gfile import Exists as _Exists
file_exists = _Exists
from tfsession.gfile import IsDirectory as _IsDirectory
is_directory = _IsDirectory
from tfsession.gfile import MkDir as _MkDir
create_dir = _MkDir
from tfsession.gfile import MakeDirs as _MakeDirs
recursive_create_dir = _MakeDirs
from tfsession.gfile import ListDirectory as _ListDirectory
list_directory = _ListDirectory
from tfsession.gfile import Glob as _Glob
get_matching_files = _Glob
from tfsession.gfile import Remove as _Remove
delete_file = _Remove
from tfsession.gfile import DeleteRecursively as _DeleteRecursively
delete_recursively = _DeleteRecursively
from tfsession.gfile import Copy as _Copy
copy = _Copy
from tfsession.gfile import Rename as _Rename
rename = _Rename
from tfsession.gfile import Stat as _Stat
stat = _Stat
from tfsession.gfile import Walk as _Walk
walk = _Walk
from tfsession.python.internals import read_file_to_string as read_file_to_string
from tfsession.python.internals import write_string_to_file as write_string_to_file
