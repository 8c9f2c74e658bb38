"""``python -m tests.attack``: what a stranger, a colleague or a broken program may try, tried on a server that runs.

An attack is a function that is given the server and returns what was seen; an assertion that fails
says what was seen of one that did not hold. The quick ones are tests, too.
"""
