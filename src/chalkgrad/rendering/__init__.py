"""Renderers: each turns a neutral `Document` into one format, and knows nothing of networks."""
