-- Five views for Snowflake, made from views.sql. Their columns: docs/queries.md.
-- Run it once, and again after each change. Adapt four lines, each marked by a comment.

-- The team's zone and business hours, the account, and the moment up to which its data is complete (as_of): each run
-- reads the organization first. After a failed run, or during a first load, some of the data is missing, and no table
-- shows this. If the organization cannot be read, as_of is the time of the newest message.

create or replace view helpcrunch.team as
select
    -- the time zone, such as 'Europe/Kyiv'
    'UTC' as zone,
    -- the business hours, on one day: 9.5 is 9:30, 24 is midnight
    cast(9 as double precision) as opens, cast(18 as double precision) as closes,
    -- the business days, from Monday to Sunday: 1 is open, 0 is closed
    '1111100' as days,
    (select max(domain) from helpcrunch.organization) as account,
    coalesce((select max(_sdc_extracted_at) from helpcrunch.organization),
        (select max(createdAt) from helpcrunch.messages)) as as_of;

-- One row per message that was not deleted, in a chat that was not deleted. The speaker is
--   customer   the customer
--   agent      a person on the team, by chat, by e-mail or with an article of the knowledge base
--   bot        a chatbot: for HelpCrunch it is an agent, recognised by its name or by the type of its questions
--   broadcast  an automatic or bulk message, whoever its sender is: it has a broadcastType
--   note       a private note, which the customer never sees
--   system     a message that HelpCrunch writes: of type tech, or without an agent
-- The text of an answer to a chatbot's form is in a field that HelpCrunch does not document, parameters.
-- open_ms is the business time since 1970, in milliseconds: the difference between two messages is the business time
-- between them. If the clock changes within business hours, they are counted as the clock shows them.

create or replace view helpcrunch.turns as
with said as (
    select id, chat, type, "FROM", broadcastType, createdAt,
        cast(agent:id::varchar as bigint) as agent_id, (agent:name::varchar) as agent_name,
        coalesce(nullif(text, ''), (additional_properties:parameters.value::varchar)) as text
    from helpcrunch.messages
    where _sdc_deleted_at is null and chat in (select id from helpcrunch.chats where _sdc_deleted_at is null)
), placed as (
    select *, convert_timezone('UTC', zone, createdAt) as local_at from said cross join helpcrunch.team
), clock as (
    -- Milliseconds since the first Monday of 1970, on the team's clock.
    select *, cast(date_part(epoch_millisecond, local_at) as bigint) - 345600000 as ms from placed
), calendar as (
    select *, cast(floor(ms / 604800000) as bigint) as weeks, cast(floor(ms % 604800000 / 86400000) as int) as passed
    from clock
)
select id, chat, agent_id, agent_name,
    case
        when type = 'private' then 'note'
        when type = 'tech' then 'system'
        when "FROM" = 'customer' then 'customer'
        when broadcastType is not null then 'broadcast'
        when type in ('dataCollection', 'optionSelection') then 'bot'
        when agent_id is null then 'system'
        when agent_name in ('HelpBot') then 'bot'  -- the names of your chatbots
        else 'agent'
    end as speaker,
    createdAt as sent_at, local_at, type, text,
    passed + 1 as weekday, cast(extract(hour from local_at) as int) as hour,
    -- The business hours of all earlier weeks, of the earlier days of this week, and of this day so far.
    cast(3600000 * (closes - opens)
            * (weeks * length(replace(days, '0', '')) + length(replace(substr(days, 1, passed), '0', '')))
        + case when substr(days, passed + 1, 1) = '0' then 0
            else least(greatest(ms % 86400000 - 3600000 * opens, 0), 3600000 * (closes - opens)) end
        as bigint) as open_ms
from calendar;

-- One row for each time a customer waited: from the first unanswered message to the next one of a person on the team.
-- A "thanks" after the last answer counts too: no field distinguishes it from a question. Messages of the same moment
-- are in the order of their ids.

create or replace view helpcrunch.replies as
with talk as (
    select *, count(case when speaker = 'agent' then 1 end) over (
        partition by chat order by sent_at, id rows between unbounded preceding and 1 preceding) as answers
    from helpcrunch.turns where speaker in ('customer', 'agent')
), waits as (
    select chat, answers,
        min(case when speaker = 'customer' then sent_at end) as asked_at,
        min(case when speaker = 'customer' then open_ms end) as asked_open_ms,
        count(case when speaker = 'customer' then 1 end) as questions,
        min(case when speaker = 'agent' then sent_at end) as answered_at,
        min(case when speaker = 'agent' then open_ms end) as answered_open_ms,
        min(case when speaker = 'agent' then agent_id end) as agent_id,
        min(case when speaker = 'agent' then agent_name end) as agent_name
    from talk group by chat, answers
)
select chat, row_number() over (partition by chat order by answers) as wait,
    asked_at, convert_timezone('UTC', zone, asked_at) as asked_local_at, questions,
    answered_at, agent_id, agent_name,
    cast(floor((cast(date_part(epoch_millisecond, answered_at) as bigint)
        - cast(date_part(epoch_millisecond, asked_at) as bigint)) / 1000) as bigint) as seconds,
    case when answered_open_ms < asked_open_ms then 0  -- if the clock went back in between
        else cast(floor((answered_open_ms - asked_open_ms) / 1000) as bigint) end as business_seconds
from waits cross join helpcrunch.team where questions > 0;

-- One row per chat that was not deleted. There is no column for reopened chats: HelpCrunch does not say whether or
-- when a chat was reopened. csat is 1 for perfect and great, 0 for other ratings: great is the second of five ratings,
-- but the best in an account with three, so csat of different accounts is not comparable. channel is email if
-- everything the customer wrote came by e-mail, else the application's type, else public_api if the chat was created
-- through the API, else null.

create or replace view helpcrunch.conversations as
with course as (
    select chat,
        min(r.asked_at) as asked_at,
        min(case when wait = 1 then r.asked_local_at end) as asked_local_at,
        min(r.answered_at) as answered_at,
        min(case when wait = 1 then seconds end) as answer_seconds,
        min(case when wait = 1 then business_seconds end) as answer_business_seconds,
        min(case when r.answered_at is null then r.asked_at end) as waiting_since,
        min(case when r.answered_at is null then questions end) as unanswered
    from helpcrunch.replies r group by chat
), volume as (
    select chat, count(*) as messages,
        count(case when speaker = 'customer' then 1 end) as asked,
        count(case when speaker = 'customer' and type = 'email' then 1 end) as mailed
    from helpcrunch.turns where speaker not in ('note', 'system') group by chat
), answers as (
    -- In a tie, the agent who answered first.
    select chat, agent_id, max(agent_name) as agent_name,
        row_number() over (partition by chat order by count(*) desc, min(sent_at), agent_id) as place
    from helpcrunch.turns where speaker = 'agent' group by chat, agent_id
)
select c.id as chat, c.status,
    (c.customer:name::varchar) as customer_name,
    (c.assignee:name::varchar) as assignee_name,
    asked_at, asked_local_at, answered_at, answer_seconds,
    waiting_since, coalesce(unanswered, 0) as unanswered,
    answer_business_seconds,
    c.createdAt as created_at,
    case when c.status = 'closed' then c.closedAt end as closed_at,
    -- Closing times have no milliseconds. Null if the chat was closed before the question.
    case when c.status = 'closed' and c.closedAt >= date_trunc('second', asked_at) then
        cast(floor((cast(date_part(epoch_millisecond, c.closedAt) as bigint)
            - cast(date_part(epoch_millisecond, date_trunc('second', asked_at)) as bigint)) / 1000) as bigint)
    end as resolution_seconds,
    c.rating,
    case when c.rating in ('perfect', 'great') then 1 when c.rating is not null then 0 end as csat,
    case when asked > 0 and asked = mailed then 'email' when a.type is not null then a.type
        when c.createdWith = 'public_api' then 'public_api' end as channel,
    (c.department:name::varchar) as department,
    h.agent_id as handled_by_id, h.agent_name as handled_by,
    coalesce(messages, 0) as messages
from helpcrunch.chats c
    left join course on course.chat = c.id
    left join volume on volume.chat = c.id
    left join answers h on h.chat = c.id and h.place = 1
    left join helpcrunch.applications a on a.id = c.applicationId
where c._sdc_deleted_at is null;

-- One row per chat that contains text: its turns in order, as a JSON array and as plain text, without notes and system
-- messages. The customer's own name, e-mail address and telephone number are replaced by placeholders if they are
-- spelled as in HelpCrunch. This is not anonymisation: other spellings, other people and other facts stay. To keep
-- everything, write t.text in place of the replace(...) in the line that ends in "as text".

create or replace view helpcrunch.transcripts as
with known as (
    -- A value that is unknown, or so short that other words may contain it, is the placeholder itself: replacing it
    -- changes nothing.
    select c.id as chat,
        case when length(coalesce(p.name, c.customer:name::varchar)) > 2
            then coalesce(p.name, c.customer:name::varchar) else '[name]' end as name,
        case when length(coalesce(p.email, c.customer:email::varchar)) > 2
            then coalesce(p.email, c.customer:email::varchar) else '[email]' end as email,
        case when length(p.phone) > 2 then p.phone else '[phone]' end as phone
    from helpcrunch.chats c left join helpcrunch.customers p on p.id = cast(c.customer:id::varchar as bigint)
), said as (
    select t.chat, t.id, t.speaker, t.sent_at,
        replace(replace(replace(t.text, email, '[email]'), phone, '[phone]'), name, '[name]') as text,
        replace(substr(to_varchar(t.sent_at, 'YYYY-MM-DD HH24:MI:SS'), 1, 19), ' ', 'T') || 'Z' as time
    from helpcrunch.turns t join known on known.chat = t.chat
    where t.speaker not in ('note', 'system') and t.text <> ''
)
select chat,
    array_agg(turn) within group (order by sent_at, said.id) as turns,
    listagg(said.speaker || ': ' || said.text, '\n') within group (order by sent_at, said.id) as text
from (select *, object_construct('id', id, 'speaker', speaker, 'text', text, 'time', time) as turn from said) said
group by chat;
