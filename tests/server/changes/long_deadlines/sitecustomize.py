"""This server waits an hour for who sends nothing: until they go by themselves, nobody waits in a test."""

from almoxarife.server.intake import bodies, granian_worker

bodies.GRACE_S = 3600.0
granian_worker.HEAD_S = 3600
