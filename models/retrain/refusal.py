"""What a trainer was given cannot be trained on."""


class Refusal(Exception):
    """The message is a sentence for the journal of the pipeline."""
