-- 0012_closed_gaps: what an attack on the sign-in, the policies and the log found open is closed.
-- Owner: platform (access, audit, auth), modules people, incidents, linkage and organisation.

-- Whoever is added to the demonstration is one of its invented people, who choose themselves from its list: an account of a real
-- sign-in service would shut the demonstration's own (auth.is_demo_force), and with it everybody out.
create function auth.of_the_demonstration() returns trigger
  language plpgsql volatile security definer set search_path = '' as $$
begin
  new.demo := new.demo or (new.issuer = 'embedded' and new.kind = 'person'
    and coalesce((select bool_and(f.synthetic) from organisation.force f), false));
  return new;
end $$;
revoke execute on function auth.of_the_demonstration() from public;
create trigger of_the_demonstration before insert on auth.account for each row execute function auth.of_the_demonstration();
create or replace function auth.demo_people() returns table (subject text, name text, role text, unit text)
  language sql stable security definer set search_path = '' as $$
  select a.subject, a.name, (organisation.roles_of(a.id))[1], organisation.home_of(a.id)
  from auth.account a where a.demo and a.kind = 'person' and a.disabled_at is null and organisation.roles_of(a.id) <> '{}'
    and auth.is_demo_force() order by 3, 2
$$;
