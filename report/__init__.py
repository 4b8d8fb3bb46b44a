"""A page of charts from the warehouse: messages per day, time to first answer, the busiest hours."""
