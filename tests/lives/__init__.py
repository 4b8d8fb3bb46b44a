"""Lives: an account, an operator, a scheduler and a target for some years, in a few seconds."""
