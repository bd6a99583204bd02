"""From a graph to a Step: the stages of a run, but for running it."""
