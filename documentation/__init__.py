"""Makes what the documentation shows: output of commands, pictures of them, and references."""
