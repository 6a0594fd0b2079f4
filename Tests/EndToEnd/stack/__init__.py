"""Starts and stops real gateways, schedulers, Redis servers and recording upstreams for tests and benchmarks.

Nothing here needs more than Python's own library, so ops/bench uses it too.
"""
