"""The rules of a message's life, as functions of values: no store, no socket, no clock."""
