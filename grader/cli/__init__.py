"""The commands of `python -m grader`, one file each where it is more than a few lines."""
