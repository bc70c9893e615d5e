"""Spreadsheets as offices really get them, read in a process of their own: bytes in, rows out.

Nothing here needs the program, so that ``child`` starts quickly and knows no secret.
"""
