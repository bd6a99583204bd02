"""Branches and loops while a graph is built."""
