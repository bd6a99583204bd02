"""Programs of several readers and writers of one variable, and what TensorFlow 1.15 makes of them.

Everything here runs under Python 3.7 as well, on which `record` runs TensorFlow 1.15.
"""
