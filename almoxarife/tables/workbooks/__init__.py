"""Workbooks of spreadsheet programs, each kind as rows in a stream and within bounds."""
