"""Conditions that photos are put under, to measure what they do to the error rates."""
