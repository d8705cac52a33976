"""The errors a user of the lab may meet."""


class LabError(Exception):
    """Something the user can act upon: the message says what is wrong, where, and what to do. One line, no trace."""


class Interrupted(KeyboardInterrupt):
    """SIGINT, SIGTERM or SIGHUP arrived; ``signum`` says which. Not an ``Exception``, so that nothing swallows it."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.signum = signum
