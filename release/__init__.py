"""Builds the packages for Windows, which include Python. They can be built on any system with Python 3.11."""
