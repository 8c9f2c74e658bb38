"""The window that both programs share: login, commands, menu, status bar, preferences, background calls."""
