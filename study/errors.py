"""The one exception a person meets: one line that says what is wrong, where, and what to do."""


class StudyError(Exception):
    """A mistake in the input or the surroundings, not in the code. Its message is shown without a stack trace."""
