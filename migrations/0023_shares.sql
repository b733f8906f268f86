-- 0023_shares: a share with a partner is made and ended on a page, by a function that checks the same for whoever asks.
-- Owner: modules/people.
alter table people.share
  add column operation_id uuid unique,
  add column ended_by uuid references auth.account (id),
  add column end_reason text not null default '';
comment on table people.share is 'What one agency may see of one person: fields, purpose, lawful basis, who decided, until when. Ended, never deleted. operation_id: made with the form, so that one sent twice shares once.';
create index share_of_person on people.share (person_id);

-- Shares somebody whom a supervisor sees with an agency. 'done', 'repeated' (the form was sent twice), or why it was not: 'not
-- there', 'sealed', 'fields', 'words', 'past', 'far', 'agency', 'already'. One share an agency and person at a time.
create function people.share_person(person uuid, agency uuid, fields text[], purpose text, basis text, until timestamptz, operation uuid)
  returns text language plpgsql volatile security definer set search_path = '' as $$
declare
  them people.person;
  made uuid;
begin
  -- two forms at once share once
  perform pg_advisory_xact_lock(hashtextextended('people.share ' || person, 0));
  if exists (select from people.share s where s.operation_id = operation and s.person_id = person and s.decided_by = access.actor()) then
    return 'repeated';
  end if;
  select * into them from people.person p where p.id = person and p.merged_into is null;
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) or them.id is null or people.sees(them) is not true then
    perform audit.record('refuse', array[person], '{}', '{"what": "share"}');
    return 'not there';
  end if;
  if them.sealed or them.reach = '{}' then
    return 'sealed';
  elsif not fields @> '{identity}' or not fields <@ array['identity', 'incidents'] then
    return 'fields';
  elsif length(trim(purpose)) < 10 or length(trim(basis)) < 5 or length(purpose) > 500 or length(basis) > 200 then
    return 'words';
  elsif until <= now() then
    return 'past';
  elsif until > now() + interval '1 year 1 day' then
    return 'far';
  elsif not exists (select from organisation.agency a where a.id = agency and a.suspended_at is null) then
    return 'agency';
  elsif exists (select from people.share s where s.person_id = person and s.agency_id = agency and s.ended_at is null and s.until > now()) then
    return 'already';
  end if;
  insert into people.share (agency_id, person_id, fields, purpose, basis, decided_by, until, operation_id)
  values (agency, person, share_person.fields, trim(share_person.purpose), trim(share_person.basis), access.actor(), share_person.until, operation)
  returning id into made;
  perform audit.record('disclose', array[person], array[made, agency],
    jsonb_build_object('what', 'share', 'fields', share_person.fields, 'until', share_person.until));
  return 'done';
exception when unique_violation then
  -- the number of another's form
  return 'not there';
end $$;

-- Ends a share at once. 'done', or why not: 'not there', 'words', 'ended' (it had ended already).
create function people.end_share(share uuid, reason text) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  it people.share;
begin
  select s.* into it from people.share s join people.person p on p.id = s.person_id
    where s.id = share and p.merged_into is null and people.sees(p) for update of s;
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) or it.id is null then
    perform audit.record('refuse', '{}', array[share], '{"what": "end a share"}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif it.ended_at is not null or it.until <= now() then
    return 'ended';
  end if;
  update people.share s set ended_at = now(), ended_by = access.actor(), end_reason = trim(end_share.reason) where s.id = share;
  perform audit.record('alter', array[it.person_id], array[share, it.agency_id], '{"what": "share ended"}');
  return 'done';
end $$;
revoke execute on function people.share_person(uuid, uuid, text[], text, text, timestamptz, uuid), people.end_share(uuid, text) from public;
grant execute on function people.share_person(uuid, uuid, text[], text, text, timestamptz, uuid), people.end_share(uuid, text)
  to dauntless_app, dauntless_definer;
-- Sharing is by the function alone now.
revoke insert on people.share from dauntless_app;
drop policy decide on people.share;
