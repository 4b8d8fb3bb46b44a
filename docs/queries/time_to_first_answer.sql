-- How long do customers wait for the first answer? One row per month, the newest first.
--
-- The clock of a chat starts with the customer's first message and stops with the first message that a person on the
-- team writes after it. A chat counts once, in the month of its question. Chats without an answer count in chats only:
-- median_seconds and p90_seconds (90th percentile) are those of the answered chats.

select
    cast(date_trunc('month', asked_local_at) as date) as month,
    count(*) as chats,
    count(answered_at) as answered,
    percentile_cont(0.5) within group (order by answer_seconds) as median_seconds,
    percentile_disc(0.9) within group (order by answer_seconds) as p90_seconds
from helpcrunch.conversations
where asked_at is not null
group by date_trunc('month', asked_local_at)
order by month desc;
