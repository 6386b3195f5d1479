"""A device over SSH: the connection, what runs on the board, the preflight, the measurement."""
