"""The same programs on tfsession and on its peers, ratios side by side.

python -m benchmarks --peer /path/to/python-with-tensorflow
python -m benchmarks.gpu
"""
