"""A class graded: what must be graded, by whom, on which machines, and where the results are kept."""
