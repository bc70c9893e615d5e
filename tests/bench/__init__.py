"""How fast the program is, and how much it takes: ``python -m tests.bench``.

Everything is asked of the program as it is shipped, in processes of its own. CPU seconds stand
beside the wall's, since the machine may have other work. Nothing here fails for being slow; a
wrong answer does.
"""
