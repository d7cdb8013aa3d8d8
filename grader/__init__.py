"""The instructor's side of the course: intake, sandbox, boundary, checks, marks and pages."""

import sys

# jsonschema, which nbformat imports, would compile a large grammar (2 s of CPU) for a format of texts that no
# notebook uses, when this package is installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
