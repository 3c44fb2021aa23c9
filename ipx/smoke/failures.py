"""Why a step did not pass."""


class StepFailed(Exception):
    """The exchange did not do what this step asks for; the message says what was seen instead."""


class LeftOut(Exception):
    """The step has nothing to do in this run, as its caller asked; it counts neither for nor against."""


class NotPossible(StepFailed):
    """This run cannot play the step here, and says why; it counts as not passed."""
