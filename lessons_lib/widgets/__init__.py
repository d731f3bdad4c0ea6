"""Ce que l'on manipule : un module par explorateur."""
