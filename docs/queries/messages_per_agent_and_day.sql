-- Who of the team writes how much? A row for each agent and day on which the agent wrote, the newest day first.
--
-- Counted is what a customer reads from a person: chat messages, e-mails, articles. Chatbots, automatic messages,
-- private notes, and lines that name no agent are not counted (see views.sql). The day is that of the team's time zone.
-- An agent is one agent by number, also when the name changed.

select
    cast(local_at as date) as day,
    agent_id,
    max(agent_name) as agent,
    count(*) as messages,
    count(distinct chat) as chats
from helpcrunch.turns
where speaker = 'agent'
group by cast(local_at as date), agent_id
order by day desc, messages desc, agent_id;
