-- Where do conversations come from? One row per department and channel of the last 90 days, most chats first.
--
-- Chats in which the customer wrote nothing are left out. An unknown department or channel is null.

select
    department,
    channel,
    count(*) as chats,
    count(answered_at) as answered,
    percentile_cont(0.5) within group (order by answer_seconds) as median_seconds,
    count(rating) as ratings,
    cast(sum(csat) as bigint) as good
from helpcrunch.conversations cross join helpcrunch.team
where asked_at > as_of - interval '90 days'  -- how far to look back
group by department, channel
order by chats desc, department, channel;
