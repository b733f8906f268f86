-- 0027_live_linking: mentions that are linked in the transaction that records them, one by one.
-- Owner: modules/linkage.
create table linkage.arrival (
  seq        bigint primary key,
  mention_id uuid not null,
  at         timestamptz not null default now(),
  settled_at timestamptz
);
comment on table linkage.arrival is 'Mentions that came, or were superseded, and were linked at once, in the order in which that was done: one linkage at a time writes here, so the next number is the largest and one, and a later number was committed later. What an index in memory reads on from. settled_at: when all that hang together with it were clustered again.';
create index arrival_of_mention on linkage.arrival (mention_id);
create index arrival_to_settle on linkage.arrival (seq) where settled_at is null;
alter table linkage.arrival enable row level security;
alter table linkage.arrival force row level security;
-- for the worker alone: it says nothing to anybody
grant select, insert, update (settled_at), delete on linkage.arrival to dauntless_worker;
