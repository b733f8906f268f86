-- 0016_looks_of_partners: who has looked, and why, is not among what a share names. Owner: modules/people.
create or replace function people.looks_at(person uuid, how_many integer)
  returns table (at timestamptz, who text, organisation text, role text, action text, purpose text, reason text)
  language sql stable security definer set search_path = '' as $$
  select e.at, a.name, e.organisation, e.role, e.action, e.purpose, e.reason
  from audit.entry e join auth.account a on a.id = e.actor
  where e.subjects @> array[person] and e.action <> 'search'
    -- the reasons that police staff write speak of other people
    and not exists (select from organisation.my_agencies())
    and (not e.detail ? 'sealed' or e.objects <@ array(select people.my_sealed_records()))
    and exists (select from people.person p where p.id = person and people.sees(p))
  order by e.at desc, e.id limit least(how_many, 200)
$$;
