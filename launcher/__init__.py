"""Everything with one command: what ``start_sistema_completo.py`` does.

Standard library only: it runs before anything is installed. What it says is read by
shop people, so it is Portuguese, short, and names the remedy.
"""
