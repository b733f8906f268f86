-- 0022_moved_involvements: who did what to whom goes with the mentions that somebody moves, at once: until targeting works it out
-- anew a page would show the id of a person who is no longer there.
-- Owner: modules/linkage.
create or replace function linkage.move(moved uuid[], goal uuid, decision uuid) returns uuid[]
  language plpgsql volatile security definer set search_path = '' as $$
declare
  losing uuid[] := array(select distinct b.person_id from people.membership b
    where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal);
  records uuid[] := array(select m.record_id from people.mention m where m.id = any (moved));
begin
  if exists (select from people.person p where p.id = any (losing) and p.sealed) then
    update people.person p set sealed = true where p.id = goal and not p.sealed;
    insert into people.seal_reader (person_id, account_id, reason, by_account)
    select distinct on (r.account_id) goal, r.account_id, r.reason, r.by_account
    from people.seal_reader r where r.person_id = any (losing) and r.ended_at is null order by r.account_id, r.at on conflict do nothing;
  end if;
  -- a conflict of interest is with a person, whatever records that person is found to have: it goes where the mentions go
  insert into people.exclusion (account_id, person_id, reason, at)
  select distinct on (e.account_id) e.account_id, goal, e.reason, e.at from people.exclusion e
  where e.person_id = any (losing) and e.ended_at is null and not exists (select from people.exclusion x
    where x.account_id = e.account_id and x.person_id = goal and x.ended_at is null)
  order by e.account_id, e.at;
  update people.membership b set to_at = now() where b.mention_id = any (moved) and b.to_at is null and b.person_id <> goal;
  -- a mention that comes back by a decision comes back with what that decision stood on
  insert into people.membership (mention_id, person_id, weight, decision_id, from_at)
  select m, goal, (select x.weight from people.membership x where x.mention_id = m and x.person_id = goal and x.decision_id = decision
    order by x.from_at desc limit 1), decision, clock_timestamp() from unnest(moved) m
  where not exists (select from people.membership b where b.mention_id = m and b.to_at is null);
  update incidents.involvement v set suspect_id = goal where v.suspect_id = any (losing) and v.incident_id = any (records);
  update incidents.involvement v set victim_id = goal where v.victim_id = any (losing) and v.incident_id = any (records);
  update people.person p set merged_into = null where p.id = goal and p.merged_into is not null;
  update people.person p set merged_into = goal, incidents = 0, reach = '{}' where p.id = any (losing)
    and not exists (select from people.membership b where b.person_id = p.id and b.to_at is null);
  update people.person p set merged_into = goal from people.person q
  where p.merged_into = q.id and q.id = any (losing) and q.merged_into = goal;
  return losing || goal;
end $$;
