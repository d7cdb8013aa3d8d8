"""The base of all errors that are shown to the instructor as one message."""


class GraderError(Exception):
    """Something that the instructor can mend: the text says what and how; it is shown without a traceback."""
