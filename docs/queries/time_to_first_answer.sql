-- How long do customers wait for the first answer? A row for each month of the team's time zone, the newest first.
--
-- The clock of a chat starts with the customer's first message and stops with the first message that a person of the
-- team writes after it. Chatbots, automatic messages, private notes and system lines neither start nor stop it, and a
-- greeting before the question does not either. A chat counts once, in the month of its question, also when it was
-- closed and opened again. Chats without an answer count as chats, but have no part in median_seconds and p90_seconds
-- (nine of ten answers came no later). views.sql says the same in SQL.

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
