"""Measurements: this grader beside others, a notebook alone, live plots, sweeps, a deadline."""
