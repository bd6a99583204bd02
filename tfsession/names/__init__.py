"""What TensorFlow has and tfsession lacks, and where names of TensorFlow lead."""
