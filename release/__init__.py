"""What people without Python get: a ZIP for Windows, made on any machine with this Python."""
