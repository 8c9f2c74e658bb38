"""*Lojas*: shops and chains, for administrators."""
