"""The value format and the calls between the trusted checks and a student's code."""
