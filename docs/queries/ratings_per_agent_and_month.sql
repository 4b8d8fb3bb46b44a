-- How do customers rate the chats of each agent? One row per agent and month, the newest month first.
--
-- HelpCrunch does not say when a chat was rated, or which agent the rating is for. The month is that of the customer's
-- first message, in the team's time zone. The agent is the one with the most answers, or null if no person
-- answered. good is the number of perfect and great ratings.

select
    cast(date_trunc('month', asked_local_at) as date) as month,
    handled_by_id as agent_id,
    max(handled_by) as agent,
    count(*) as ratings,
    cast(sum(csat) as bigint) as good,
    cast(round(100.0 * sum(csat) / count(*)) as bigint) as csat_percent
from helpcrunch.conversations
where rating is not null and asked_at is not null
group by date_trunc('month', asked_local_at), handled_by_id
order by month desc, ratings desc, agent_id;
