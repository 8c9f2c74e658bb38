"""This system lets a program open no more than 1,024 files, and this server waits an hour for who sends nothing."""

import resource

from almoxarife.server.intake import bodies, granian_worker

resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
bodies.GRACE_S = 3600.0
granian_worker.HEAD_S = 3600
