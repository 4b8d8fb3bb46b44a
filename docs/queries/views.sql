-- Two views that the queries of this folder ask: who said what, and which customer waits. Run this once, and again when
-- you changed it. Two lines are yours to change: the names of your chatbots, and the team's time zone.
-- For PostgreSQL and DuckDB, views.snowflake.sql says the same for Snowflake.
--
-- helpcrunch.turns has a row for each message that was not deleted, of a chat that was not. Its speaker is
--   customer   the customer
--   agent      a person of the team, by chat, by e-mail or with an article of the knowledge base
--   bot        a chatbot: HelpCrunch gives it a place among the agents, and only its name tells it from a person
--   broadcast  an automatic or bulk message, whoever it is sent for: it has a broadcastType
--   note       a private note, which the customer never sees
--   system     a machine's line: of type tech, or said by no agent
-- sent_at is UTC, local_at is the team's time, agent_id is null where nobody of the team speaks.

create or replace view helpcrunch.turns as
with said as (
    select id, chat, type, "from", "broadcastType", "createdAt",
        cast(agent ->> 'id' as bigint) as agent_id, (agent ->> 'name') as agent_name
    from helpcrunch.messages
    where _sdc_deleted_at is null and chat in (select id from helpcrunch.chats where _sdc_deleted_at is null)
)
select id, chat, agent_id, agent_name,
    case
        when type = 'private' then 'note'
        when type = 'tech' then 'system'
        when "from" = 'customer' then 'customer'
        when "broadcastType" is not null then 'broadcast'
        when agent_id is null then 'system'
        when agent_name in ('HelpBot') then 'bot'  -- the names of your chatbots
        else 'agent'
    end as speaker,
    "createdAt" as sent_at,
    "createdAt" at time zone 'UTC' at time zone 'UTC' as local_at  -- the second zone is the team's: 'Europe/Kyiv'
from said;

-- helpcrunch.conversations has a row for each chat that was not deleted, with what the customer asked and got:
--   asked_at        the customer's first message, null where only the team wrote
--   answered_at     the first agent's message after that, null while there is none: what an agent wrote before is no
--                   answer, and neither is what a bot, a broadcast, a note or the system says
--   answer_seconds  from the one to the other in whole seconds, nights and weekends counted
--   waiting_since   the customer's first message after the last agent's, null when an agent spoke last
--   unanswered      how many messages the customer wrote since then
-- A chat that was closed and opened again is one chat, asked when it was asked first: HelpCrunch does not tell when a
-- chat was opened again. Messages of one moment are taken in the order of their ids.

create or replace view helpcrunch.conversations as
with talk as (
    select chat, speaker, sent_at, local_at, row_number() over (partition by chat order by sent_at, id) as place
    from helpcrunch.turns where speaker in ('customer', 'agent')
), mark as (
    select chat, min(case when speaker = 'customer' then place end) as first_question,
        max(case when speaker = 'agent' then place else 0 end) as last_answer
    from talk group by chat
), course as (
    select t.chat,
        min(case when place = first_question then sent_at end) as asked_at,
        min(case when place = first_question then local_at end) as asked_local_at,
        min(case when speaker = 'agent' and place > first_question then sent_at end) as answered_at,
        min(case when place > last_answer then sent_at end) as waiting_since,
        count(case when place > last_answer then 1 end) as unanswered
    from talk t join mark on mark.chat = t.chat group by t.chat
)
select c.id as chat, c.status,
    (c.customer ->> 'name') as customer_name,
    (c.assignee ->> 'name') as assignee_name,
    asked_at, asked_local_at, answered_at,
    cast(floor(extract(epoch from answered_at - asked_at)) as bigint) as answer_seconds,
    waiting_since, coalesce(unanswered, 0) as unanswered
from helpcrunch.chats c left join course on course.chat = c.id
where c._sdc_deleted_at is null;
