"""What a student's folder holds beside notebooks, utils and data: scripts that start and hand in, and instructions.

The files are copied as they are; nothing of the grader imports them.
"""
