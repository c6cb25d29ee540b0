"""Auditing: every figure that a document prints, and whether it holds."""
