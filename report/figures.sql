-- What the page shows, from the views of docs/queries: {days} days up to the newest message, which are whole weeks, so
-- that each weekday counts as often as any other. Notes and a machine's lines are left out: no customer waits for them.
-- A chart draws each row's number, and shows its hint to whoever points there.

create schema report;

create view report.said as
with shown as (
    select *, cast(local_at as date) as day, case speaker when 'customer' then 'customers' when 'agent' then 'the team'
        else 'bots and broadcasts' end as side
    from helpcrunch.turns where speaker in ('customer', 'agent', 'bot', 'broadcast')
)
select * from shown where day > (select max(day) from shown) - {days};

-- A chat without an answer waits longer than any that has one.
create view report.asked as
select answer_seconds, coalesce(answer_seconds, 1e18) as seconds from helpcrunch.conversations
where cast(asked_local_at as date) > (select max(day) from report.said) - {days};

create view report.volume as
select date_diff('day', (select max(day) - {days} + 1 from report.said), day) as place, side, count(*) as number,
    strftime(day, '%Y-%m') as month, strftime(day, '%a %-d %b %Y: ') || format('{{:,}} of {{}}', count(*), side) as hint
from report.said group by day, side order by place, side;

-- Steps of time as a team promises them, in seconds. A time at an edge belongs to the step that begins there.
create view report.waits as
with steps as (
    select *, lead(begins) over (order by begins) as ends
    from (values (0, 'under|1 min', 0), (1, '1 to|5 min', 60), (2, '5 to|15 min', 300), (3, '15 min|to 1 h', 900),
        (4, '1 to|4 h', 3600), (5, '4 h to|1 day', 14400), (6, 'over|1 day', 86400), (7, 'none|yet', 1e18)
    ) as steps(place, name, begins)
), counted as (
    select place, name, begins, ends, count(seconds) as number, (select count(*) from report.asked) as asked
    from steps left join report.asked on seconds >= begins and (seconds < ends or ends is null)
    group by all
)
select *, format('{{:.0f}}%', 100 * number / greatest(asked, 1)) as share,
    format('{{}}: {{:,}} of {{:,}} chats', replace(name, '|', ' '), number, asked) as hint
from counted order by place;

create view report.hours as
with counted as (
    select weekday, hour, count(side) as number
    from range(7) as weekdays(weekday) cross join range(24) as hours(hour)
        left join report.said on side = 'customers' and isodow(local_at) = weekday + 1 and extract(hour from local_at) = hour
    group by all
)
select ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekday + 1] as day, hour, number,
    format('{{}} {{}}:00 to {{}}:00: {{:,}}', day, hour, hour + 1, number) as hint
from counted order by weekday, hour;

-- An agent is one agent by number, and has the newest of its names.
create view report.agents as
select coalesce(arg_max(agent_name, sent_at), 'agent ' || agent_id) as name, count(*) as messages, count(distinct day) as days
from report.said where side = 'the team' group by agent_id order by messages desc, agent_id;

-- The median lies within its step by the logarithm, as the steps grow.
create view report.facts as
with middle as (select median(answer_seconds) as median from report.asked)
select first, strftime(first, '%-d %b %Y to ') || strftime(last, '%-d %b %Y') as period,
    (select strftime(day, '%-d %b %Y with ') || format('{{:,}} messages', count(*)) from report.said group by day
        order by count(*) desc, day limit 1) as busiest,
    median,
    place + ln(greatest(median, 1) / greatest(begins, 1)) / ln(ends / greatest(begins, 1)) as median_place
from (select max(day) as last, last - {days} + 1 as first from report.said), middle
    left join report.waits on median >= begins and median < ends;
