"""Marking sheets of answers: verdicts with follow-through, and the slips behind what is wrong."""
