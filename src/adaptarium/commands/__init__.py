"""The functions behind the command line: one module and one function a command.

Each is public as ``adaptarium.<name>``, takes what the command takes and returns what
``adaptarium <name> --json`` prints, as an object. Nothing here prints.
"""
