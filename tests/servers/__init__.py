"""Real servers for the tests, each a process of its own on a free loopback port.

``shared.py`` gives the one of each kind that a test session shares; a test that stops or freezes one starts its own.
"""
