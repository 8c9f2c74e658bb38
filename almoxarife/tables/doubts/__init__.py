"""What a person should check about the columns of a list before it is imported."""
