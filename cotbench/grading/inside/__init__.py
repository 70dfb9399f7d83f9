"""What runs inside the sandbox processes, and the encoding that both sides share.

These modules are loaded by a bare interpreter that has neither cotbench nor its libraries, so they use the standard
library and each other (by relative import) and nothing else.
"""
