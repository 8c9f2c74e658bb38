"""Spreadsheets: reading a person's, and writing one for another program."""
