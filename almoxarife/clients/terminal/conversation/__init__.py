"""What is said and asked, in order: lines in, lines out, of sockets and screens it knows nothing."""
