"""The commands that the command line loads when they are called; with ``cli`` the only room that prints and exits."""
