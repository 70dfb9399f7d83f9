"""The statistics of search: pass@k, intervals over problems, paired comparison. Pure functions on arrays.

Everything random takes a seed; nothing touches a global generator.
"""
