"""Updates the program on a shop's own computer, without the internet."""
