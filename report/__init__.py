"""One page of what is in the warehouse: messages a day, time to the first answer, the busiest hours."""
