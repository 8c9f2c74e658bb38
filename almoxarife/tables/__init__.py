"""Spreadsheets: reading a person's, and writing one for another program."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The content type of a workbook."""
