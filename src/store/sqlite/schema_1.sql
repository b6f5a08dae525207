-- Names, once each. A version with an empty name is none.
create table service (id integer primary key, name text not null unique, team text) strict;
create table version (id integer primary key, name text not null unique) strict;
-- fp: the fingerprint as a signed number. frames: a line for each frame, leaf first. background: 1 if it was normal in each snapshot.
create table stack (id integer primary key, fp integer not null unique, frames text not null, site text, spawn text, blocked_on text,
  rule text, background integer not null) strict;
-- day: days since 1970. begun, ended: seconds since 1970.
create table sweep (id text primary key, day integer not null, begun integer not null, ended integer, source text not null) strict;
create index sweep_day on sweep (day);
create table snapshot (id integer primary key, sweep text not null, service integer not null, version integer not null, instance text not null,
  taken_at integer not null, goroutines integer not null, go_version text, form text not null,
  pairs blob not null, -- varint(stack - the one before), varint(count); ascending
  unique (sweep, service, instance)) strict;
create table missed (sweep text not null, service integer not null, instance text not null, cause text not null, detail text not null,
  primary key (sweep, service, instance)) strict, without rowid;
-- How many instances of a service a sweep knew, and how many it was to look at.
create table planned (sweep text not null, service integer not null, listed integer not null, wanted integer not null,
  primary key (sweep, service)) strict, without rowid;
-- What is read to look at an instance again, as the last day knew it.
create table place (service integer not null, instance text not null, day integer not null, place text not null,
  primary key (service, instance)) strict, without rowid;
-- Sums of a day, made anew from its snapshots whenever one is added. Of several sweeps a day, the last snapshot of each instance counts.
create table looked (day integer not null, service integer not null, version integer not null, instances integer not null,
  primary key (day, service, version)) strict, without rowid;
create table daily (day integer not null, service integer not null, version integer not null, stack integer not null,
  instances integer not null, total integer not null, squares integer not null, most integer not null, most_at text not null,
  primary key (day, service, version, stack)) strict, without rowid;
-- The first day of a stack in a service, the version that had it then, and the last day.
create table since (service integer not null, stack integer not null, day integer not null, version integer not null, last integer not null,
  primary key (service, stack)) strict, without rowid;
