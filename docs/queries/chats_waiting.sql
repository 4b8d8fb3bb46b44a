-- Which chats wait for an answer? One row for each, the longest wait first. waiting_since is in UTC.
--
-- A chat waits if it is open and the customer wrote after the last message of a person on the team. What a chatbot, an
-- automatic message, a private note or the system said since does not end the wait, and neither does snoozing the chat.
-- A customer's last "thanks" waits too: nothing tells it from a question. Hence the age limit: what nobody answered in
-- two weeks needed no answer, or is lost. The age is counted back from the last run (as_of), not from this moment.

select chat, waiting_since, unanswered, status, customer_name, assignee_name
from helpcrunch.conversations cross join helpcrunch.team
where unanswered > 0 and coalesce(status, '') not in ('closed', 'empty', 'no communication')
    and waiting_since > as_of - interval '14 days'  -- the age limit
order by waiting_since, chat;
