-- How fast does each agent answer? One row per agent with answers in the last 90 days, most answers first.
--
-- Every wait counts, not only the first of a chat, for the agent who ended it. Columns with business_seconds leave out
-- the hours in which the team was closed.

select
    agent_id,
    max(agent_name) as agent,
    count(*) as replies,
    percentile_cont(0.5) within group (order by seconds) as median_seconds,
    percentile_disc(0.9) within group (order by seconds) as p90_seconds,
    percentile_cont(0.5) within group (order by business_seconds) as median_business_seconds,
    percentile_disc(0.9) within group (order by business_seconds) as p90_business_seconds
from helpcrunch.replies cross join helpcrunch.team
where answered_at > as_of - interval '90 days'  -- how far to look back
group by agent_id
order by replies desc, agent_id;
