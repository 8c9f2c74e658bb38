"""Secrets that a sentence says in words: ``a senha é gato preto``."""
