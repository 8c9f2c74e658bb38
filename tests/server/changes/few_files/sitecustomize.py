"""This system lets a program open no more than 1,024 files."""

import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
