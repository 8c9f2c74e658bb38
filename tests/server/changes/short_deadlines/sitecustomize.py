"""This server waits a fifth as long for those who send nothing or stop reading."""

from almoxarife.server.intake import bodies, connections, granian_worker

bodies.GRACE_S /= 5
granian_worker.HEAD_S //= 5
connections.PIECE_S /= 5
