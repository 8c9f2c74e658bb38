"""Taking in requests from granian: the intake thread, request bodies, connections, and the pool of threads."""
