"""Sessions: what runs the steps of a graph."""
