-- Who on the team writes how much? One row for each agent and day with messages, the newest day first.
--
-- Messages are what a customer reads from a person: chat messages, e-mails, articles. The day is that of the team's
-- time zone. An agent is one agent by number, even if the name changed.

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
