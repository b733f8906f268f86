-- 0033_scores_follow: whom a score may be shown to, and whether it is sealed, goes with its person at once, not from the next scoring.
-- Scoring then need not look at each person of the force to compare it. Owner: modules/targeting.
create function targeting.follow_person() returns trigger language plpgsql volatile security definer set search_path = '' as $$
begin
  update targeting.score s set reach = new.reach, sealed = new.sealed where s.person_id = new.id;
  return null;
end $$;
revoke execute on function targeting.follow_person() from public;
grant update (reach) on targeting.score to dauntless_definer;

update targeting.score s set reach = p.reach, sealed = p.sealed from people.person p
where p.id = s.person_id and (p.reach, p.sealed) is distinct from (s.reach, s.sealed);

create trigger scores_follow after update on people.person for each row
  when (old.reach is distinct from new.reach or old.sealed <> new.sealed) execute function targeting.follow_person();
