"""*Lojas*: shops and their chains, for administradores."""
