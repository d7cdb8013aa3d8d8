"""The instructor's side of the course: intake, sandbox, boundary, checks, marks and pages."""
