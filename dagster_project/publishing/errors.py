"""Why nothing is published."""


class PublishingRefused(Exception):
    """The new state must not reach readers. One sentence; the last published state is untouched."""
