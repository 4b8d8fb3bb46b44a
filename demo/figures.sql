-- What the page shows, from the views of docs/queries. The period is whole weeks up to the newest message, {weeks} at most,
-- so that each weekday counts as often as any other. Notes and system lines are left out: no customer waits for them.
-- A chart draws each row's number, and shows its hint to whoever points there.

create schema report;

-- Each view is computed once: all that reads it finds a table behind its name.
create table report.turns as select * exclude (text) from helpcrunch.turns;
create or replace view helpcrunch.turns as from report.turns;
create table report.replies as from helpcrunch.replies;
create or replace view helpcrunch.replies as from report.replies;
create table report.conversations as from helpcrunch.conversations;
create or replace view helpcrunch.conversations as from report.conversations;

create table report.period as
with days as (
    select min(cast(local_at as date)) as oldest, max(cast(local_at as date)) as last
    from helpcrunch.turns where speaker in ('customer', 'agent', 'bot', 'broadcast')
), counted as (
    select last, least(date_diff('day', oldest, last) // 7 + 1, {weeks}) as weeks from days
)
-- More than 90 bars are too narrow to read.
select last, weeks, last - cast(7 * weeks - 1 as int) as first, if(7 * weeks > 90, 7, 1) as step from counted;

create table report.said as
select chat, agent_id, agent_name, sent_at, weekday, hour, cast(local_at as date) as day,
    case speaker when 'customer' then 'customers' when 'agent' then 'the team' else 'bots and broadcasts' end as side
from helpcrunch.turns cross join report.period
where speaker in ('customer', 'agent', 'bot', 'broadcast') and cast(local_at as date) between first and last;

create table report.asked as
select * from helpcrunch.conversations cross join report.period where cast(asked_local_at as date) between first and last;

create view report.volume as
with placed as (
    select side, date_diff('day', first, day) // step as place, first + cast(place * step as int) as begins,
        if(step = 7, 'week from ', strftime(begins, '%a ')) || strftime(begins, '%-d %b %Y') as bar
    from report.said cross join report.period
)
select place, bar, side, count(*) as number, bar || format(': {{:,}} of {{}}', count(*), side) as hint
from placed group by place, bar, side order by place, side;

-- Steps of time as a team promises them, in seconds. A time at an edge belongs to the step that begins there. What has no
-- time yet comes last.
create view report.steps as
with steps as (
    select * from (values
        ('answer', 0, 'under|1 min', 0), ('answer', 1, '1 to|5 min', 60),
        ('answer', 2, '5 to|15 min', 300), ('answer', 3, '15 min|to 1 h', 900),
        ('answer', 4, '1 to|4 h', 3600), ('answer', 5, '4 h to|1 day', 14400),
        ('answer', 6, 'over|1 day', 86400), ('answer', 7, 'none|yet', 1e18),
        ('resolution', 0, 'under|15 min', 0), ('resolution', 1, '15 min|to 1 h', 900),
        ('resolution', 2, '1 to|4 h', 3600), ('resolution', 3, '4 h to|1 day', 14400),
        ('resolution', 4, '1 to|3 days', 86400), ('resolution', 5, '3 to|7 days', 259200),
        ('resolution', 6, 'over|7 days', 604800), ('resolution', 7, 'not|closed', 1e18)
    ) as steps(kind, place, name, begins)
), times as (
    select 'answer' as kind, answer_seconds as seconds from report.asked
    union all select 'resolution', resolution_seconds from report.asked
), bounded as (
    select *, lead(begins) over (partition by kind order by place) as ends from steps
), counted as (
    select bounded.kind, place, name, begins, ends, count(times.kind) as number, (select count(*) from report.asked) as chats
    from bounded left join times
        on times.kind = bounded.kind and coalesce(seconds, 1e18) >= begins and (coalesce(seconds, 1e18) < ends or ends is null)
    group by all
), medians as (select kind, median(seconds) as median from times group by kind)
select * exclude (chats), format('{{:.0f}}%', 100 * number / greatest(chats, 1)) as share,
    format('{{}}: {{:,}} of {{:,}} chats', replace(name, '|', ' '), number, chats) as hint,
    -- The median lies within its step by the logarithm, as the steps grow.
    case when median >= begins and median < ends
        then place + ln(greatest(median, 1) / greatest(begins, 1)) / ln(ends / greatest(begins, 1)) end as median_place
from counted left join medians using (kind) order by kind, place;

create view report.hours as
with counted as (
    select weekdays.weekday, hours.hour, count(side) as number
    from range(1, 8) as weekdays(weekday) cross join range(24) as hours(hour)
        left join report.said s on side = 'customers' and s.weekday = weekdays.weekday and s.hour = hours.hour
    group by all
)
select ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekday] as day, hour, number,
    format('{{}} {{}}:00 to {{}}:00: {{:,}}', day, hour, hour + 1, number) as hint
from counted order by weekday, hour;

-- The account's own words come in the order of the scale, any other after them.
create view report.ratings as
with known as (
    select word, row_number() over () - 1 as place
    from (values ('perfect'), ('great'), ('average'), ('poor'), ('very poor')) as known(word)
), given as (select rating, count(*) as number from report.asked where rating is not null group by rating)
select row_number() over (order by place, word) - 1 as place, coalesce(word, rating) as name,
    coalesce(number, 0) as number, word in ('perfect', 'great') as ends, null as median_place,
    format('{{:.0f}}%', 100 * coalesce(number, 0) / greatest((select sum(number) from given), 1)) as share,
    format('{{}}: {{:,}} of {{:,}} ratings', coalesce(word, rating), coalesce(number, 0),
        (select sum(number)::bigint from given)) as hint
from known full join given on rating = word order by place, word;

create view report.months as
select strftime(date_trunc('month', asked_local_at), '%Y-%m') as month, count(*) as chats, count(answered_at) as answered,
    median(answer_seconds) as answer, quantile_disc(answer_seconds, 0.9) as answer_90,
    count(closed_at) as closed, median(resolution_seconds) as resolution, count(csat) as ratings, avg(csat) as csat
from report.asked group by all order by month desc;

-- An agent is one agent by number, and has the newest of its names.
create view report.agents as
select coalesce(arg_max(agent_name, sent_at), 'agent ' || agent_id) as name, count(*) as messages, count(distinct day) as days
from report.said where side = 'the team' group by agent_id order by messages desc, agent_id;

create view report.facts as
select first, last, weeks, step, zone, account, strftime(first, '%-d %b %Y to ') || strftime(last, '%-d %b %Y') as period,
    strftime(as_of at time zone 'UTC' at time zone zone, '%-d %b %Y, %H:%M') as as_of,
    (select bar || format(' with {{:,}} messages', sum(number)::bigint) from report.volume group by place, bar
        order by sum(number) desc, place limit 1) as busiest,
    (select count(*) from report.asked) as chats,
    (select count(*) from report.conversations
        where unanswered > 0 and coalesce(status, '') not in ('closed', 'empty', 'no communication')) as waiting,
    (select count(csat) from report.asked) as ratings, (select avg(csat) from report.asked) as csat,
    (select median(answer_seconds) from report.asked) as answer,
    (select median(resolution_seconds) from report.asked) as resolution
from report.period cross join helpcrunch.team;
