"""What an operator writes in TOML, read so that every fault is told with its file and key.

files    TOML and `include` -> one tree that knows where each key was written
faults   what is wrong, and where
shapes   one table of it -> a frozen value, by an attrs class; `secrets` are read on the way

Which tables there are, and what must hold between them, is not known here.
"""
