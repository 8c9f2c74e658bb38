"""Lists as text: which letters its bytes are, what tells its columns apart, and how it quotes."""
