-- 0026_glass_limit: how often one person may break the glass in a shift. Owner: modules/people.
create table people.glass_limit (
  single boolean primary key default true check (single),
  most   integer not null default 5 check (most > 0),
  hours  integer not null default 12 check (hours between 1 and 168)
);
comment on table people.glass_limit is 'How often one account may break the glass within so many hours; beyond it a duty supervisor is rung. Our choice: a force sets its own.';
insert into people.glass_limit default values;
alter table people.glass_limit enable row level security;
alter table people.glass_limit force row level security;
grant select on people.glass_limit to dauntless_definer;

-- How often the acting person may still break the glass, and the limit. Those who have been sealed since are as absent here as
-- elsewhere, so that the number tells nothing of them.
create function people.glass_left() returns table (remaining integer, most integer, hours integer)
  language sql stable security definer set search_path = '' rows 1 as $$
  select greatest(0, l.most - (select count(*) from people.claim c where c.account_id = access.actor() and c.kind = 'break_glass'
      and c.at > now() - make_interval(hours => l.hours) and c.person_id not in (select people.hidden_of_claims())))::integer, l.most, l.hours
  from people.glass_limit l
$$;
revoke execute on function people.glass_left() from public;
grant execute on function people.glass_left() to dauntless_app, dauntless_definer;

-- As before, but for the limit: beyond it nothing is opened whoever is asked for, and the log says that it was tried.
create or replace function people.claim_record(person uuid, kind text, reason text) returns uuid
  language plpgsql volatile security definer set search_path = '' as $$
declare
  made uuid;
  me uuid := access.actor();
begin
  if kind = 'break_glass' then
    if not exists (select from auth.session s where s.id = (access.context() ->> 'session')::uuid and auth.is_confirmed(s)) then
      raise exception 'people.not_confirmed' using errcode = '42501';
    end if;
    -- two at once are counted one after the other
    perform pg_advisory_xact_lock(hashtextextended('people.claim ' || me, 0));
    if (select l.remaining from people.glass_left() l) = 0 then
      perform audit.record('refuse', array[person], '{}', '{"what": "break_glass", "why": "limit"}');
      return null;
    end if;
  end if;
  if not exists (select from organisation.my_roles() r where r in ('investigator', 'da_car', 'safeguarding_supervisor',
      'disclosure_officer', 'orders_officer', 'analyst', 'lead_responsible_officer'))
     -- somebody known by sealed records alone has no reach, and is not there for anybody who is not named for those
     or not exists (select from people.person p where p.id = person and not p.sealed and p.merged_into is null and p.reach <> '{}')
     or person in (select people.my_exclusions()) then
    perform audit.record('refuse', array[person], '{}', jsonb_build_object('what', kind));
    return null;
  end if;
  -- a claim lasts the working day; one in a hundred is looked at by a supervisor, every break-glass is
  insert into people.claim (account_id, person_id, kind, reason, until, review_due)
  values (me, person, kind, reason, now() + case kind when 'claim' then interval '12 hours' else interval '60 minutes' end,
          case when kind = 'break_glass' or random() < 0.01 then now() + interval '72 hours' end)
  returning id into made;
  perform audit.record(case kind when 'claim' then 'claim' else 'breakglass' end, array[person],
    array(select people.seen_of(array(select people.records_of(array[person])))), jsonb_build_object('reason', reason));
  return made;
end $$;
