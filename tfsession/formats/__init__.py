"""The file formats that TensorFlow's programs read and write."""
