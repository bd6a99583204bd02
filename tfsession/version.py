"""`tf.version`: the release of TensorFlow whose behaviour this is; scripts compare it."""

VERSION = "1.15.0"
GIT_VERSION = "v1.15.0"
# Of tfsession itself.
RELEASE = "0.1.0"
# TensorFlow's is that of its C++ compiler, and no C++ is compiled here.
COMPILER_VERSION = ""
# Of the GraphDefs of that release, which graphs carry and importing checks.
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0

__all__ = [
    "COMPILER_VERSION",
    "GIT_VERSION",
    "GRAPH_DEF_VERSION",
    "GRAPH_DEF_VERSION_MIN_CONSUMER",
    "GRAPH_DEF_VERSION_MIN_PRODUCER",
    "VERSION",
]
