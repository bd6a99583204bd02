"""Recurrent networks: cells, and what calls a cell once for each step of a sequence."""
