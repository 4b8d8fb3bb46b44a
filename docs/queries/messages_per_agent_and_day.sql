-- Who on the team writes how much? One row per agent and day with messages, the newest day first.
--
-- Counted are messages of persons to customers: chat messages, e-mails, articles. The day is that of the team's time
-- zone. Agents are identified by id, even if the name changed.

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
