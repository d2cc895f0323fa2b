"""Where each rate stands against published figures, peers and its own history."""
