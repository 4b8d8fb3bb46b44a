"""Every deviation of the simulated account, played to every kind of request, once and always."""
