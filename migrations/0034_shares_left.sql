-- 0034_shares_left: somebody shared is found to be another. The share does not follow, as more would be seen by it than was decided; whoever
-- decides is told, and shares again or ends it. Before, the partner saw nothing any more and nobody knew. Owner: modules/people.

-- The live shares of those who were found to be a person opened before, for those who decide about shares, until that person is shared instead.
create function people.shares_left(person uuid) returns setof people.share
  language plpgsql stable security definer set search_path = '' rows 2 as $$
begin
  return query select s.* from people.once_opened() o join people.share s on s.person_id = o.once_id
  where o.person_id = shares_left.person and s.ended_at is null and s.until > now()
    and 'safeguarding_supervisor' in (select organisation.my_roles())
    and not exists (select from people.share n where n.person_id = shares_left.person and n.agency_id = s.agency_id
      and n.ended_at is null and n.until > now());
end $$;
revoke execute on function people.shares_left(uuid) from public;
grant execute on function people.shares_left(uuid) to dauntless_app;

-- The people of a supervisor of whom such a share is left, whose share ends first at the top. Logs them as shown.
create function people.open_shares_left() returns table (person_id uuid, agencies text[], until timestamptz)
  language plpgsql volatile security definer set search_path = '' as $$
begin
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) then
    return;
  end if;
  return query
  with due as materialized (
    select p.id, array_agg(distinct a.name order by a.name) as agencies, min(s.until) as until
    from people.share s join people.person o on o.id = s.person_id and o.merged_into is not null
    join people.person p on p.id = o.merged_into and p.merged_into is null join organisation.agency a on a.id = s.agency_id
    where s.ended_at is null and s.until > now() and not p.sealed and p.reach && (select organisation.my_reach())
      and p.id not in (select people.my_exclusions())
      and not exists (select from people.share n where n.person_id = p.id and n.agency_id = s.agency_id and n.ended_at is null and n.until > now())
    group by p.id order by 3, 1 limit 20),
  logged as materialized (
    select audit.record('search', array_agg(d.id), '{}', '{"what": "shares left by a joining"}') as entry from due d having count(*) > 0)
  select d.id, d.agencies, d.until from logged l cross join due d where l.entry is not null order by 3, 1;
end $$;
revoke execute on function people.open_shares_left() from public;
grant execute on function people.open_shares_left() to dauntless_app;

create or replace function people.end_share(share uuid, reason text) returns text
  language plpgsql volatile security definer set search_path = '' as $$
declare
  it people.share;
  them uuid[];
begin
  -- a share that a joining has left is ended by whoever sees the person they are now
  select s.* into it from people.share s join people.person o on o.id = s.person_id
    join people.person p on p.id = coalesce(o.merged_into, o.id)
    where s.id = share and p.merged_into is null and people.sees(p) for update of s;
  if 'safeguarding_supervisor' not in (select organisation.my_roles()) or it.id is null then
    perform audit.record('refuse', '{}', array[share], '{"what": "end a share"}');
    return 'not there';
  elsif length(trim(reason)) < 10 or length(reason) > 500 then
    return 'words';
  elsif it.ended_at is not null or it.until <= now() then
    return 'ended';
  end if;
  them := array(select it.person_id union select o.merged_into from people.person o where o.id = it.person_id and o.merged_into is not null);
  update people.share s set ended_at = now(), ended_by = access.actor(), end_reason = trim(end_share.reason) where s.id = share;
  perform audit.record('alter', them, array[share, it.agency_id], '{"what": "share ended"}');
  return 'done';
end $$;
