"""What an operator writes in TOML, read so that every fault is told with its file and key; and written so.

files    TOML and `include` -> one tree that knows where each key was written
faults   what is wrong, and where
shapes   one table of it -> a frozen value, by an attrs class; `secrets` are read on the way
writing  tables -> TOML; `keeping` puts it on disk, whole or not at all

Which tables there are, and what must hold between them, is not known here.
"""
