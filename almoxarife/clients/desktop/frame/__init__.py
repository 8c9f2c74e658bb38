"""What both windows share around their screens: login, commands, bars, preferences, the work in the background."""
