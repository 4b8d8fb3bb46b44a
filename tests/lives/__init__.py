"""Lives: years of an account, an operator, a scheduler and a target, played in seconds."""
