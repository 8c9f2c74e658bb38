"""From one version of the program to the next, on a shop's own computer and without the internet."""
