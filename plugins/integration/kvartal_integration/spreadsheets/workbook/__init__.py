"""Workbooks as files: reading them where they can do no harm, and writing them.

Nothing here knows of meters, of the database or of the catalogues: what reads foreign files runs in
a process of its own and is told all that it needs.
"""
