"""The page: a small web server on this machine, and all the other verbs behind it.

The server itself computes nothing: it checks requests, and hands work to worker processes with a time
limit. Problems stay in the browser; the server keeps nothing but trainings that are under way.
"""
