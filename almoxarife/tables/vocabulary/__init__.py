"""The words by which the columns of lists are known."""
