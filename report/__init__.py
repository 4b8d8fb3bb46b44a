"""A page of charts from the warehouse: volume, answers, resolution, satisfaction, agents, who waits."""
