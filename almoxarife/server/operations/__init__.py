"""Running the server and looking after it: the process, the socket, the commands."""
