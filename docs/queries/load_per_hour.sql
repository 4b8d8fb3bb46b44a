-- When do customers write? One row per weekday (1 is Monday) and hour of the team's time zone, for planning shifts.
--
-- messages_per_week is the average of the last twelve weeks. Hours without messages have no row.

select
    weekday,
    hour,
    count(*) as messages,
    count(distinct chat) as chats,
    cast(round(count(*) / 12.0, 1) as double precision) as messages_per_week
from helpcrunch.turns cross join helpcrunch.team
where speaker = 'customer' and sent_at > as_of - interval '84 days'  -- twelve weeks
group by weekday, hour
order by weekday, hour;
