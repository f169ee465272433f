"""Puts the menu entry into Resolve's scripts folder, and takes exactly it out again.

places      where things lie, on Windows, macOS and Linux
record      what was written, with hashes
installer   the plan of an install or an uninstall, and its carrying out
"""
