"""Readers of workbooks, one module per format. Each yields rows as a stream, with limits on size."""
