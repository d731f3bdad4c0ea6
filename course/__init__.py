"""Le cours dans son ensemble : ses commandes (`python3 -m course`), sa page d'accueil, son programme."""
