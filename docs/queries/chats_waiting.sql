-- Which chats wait for an answer now? A row for each, who waits longest first. "Now" is the last run of the tap.
--
-- A chat waits when it is not closed and the customer wrote after the last message of a person of the team. What a
-- chatbot, an automatic message, a private note or the system said since does not end the wait, and neither does
-- putting the chat to sleep: its status says so. waiting_since is the first of the unanswered messages, in UTC.

select chat, waiting_since, unanswered, status, customer_name, assignee_name
from helpcrunch.conversations
where unanswered > 0 and status is distinct from 'closed'
order by waiting_since, chat;
