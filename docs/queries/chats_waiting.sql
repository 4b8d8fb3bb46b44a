-- Which chats wait for an answer? One row per chat, the longest wait first. waiting_since is in UTC.
--
-- A chat waits if it is open and the customer wrote after the last message of a person on the team. Later
-- messages of chatbots and the system, automatic messages and private notes do not end the wait, and neither does
-- snoozing the chat. A customer's last "thanks" counts too: nothing distinguishes it from a question. Hence the age
-- limit: an older message is unlikely to need an answer. The age is that at the last run (as_of).

select chat, waiting_since, unanswered, status, customer_name, assignee_name
from helpcrunch.conversations cross join helpcrunch.team
where unanswered > 0 and coalesce(status, '') not in ('closed', 'empty', 'no communication')
    and waiting_since > as_of - interval '14 days'  -- the age limit
order by waiting_since, chat;
