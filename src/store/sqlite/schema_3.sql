-- A second look of a sweep at one instance of a service.
create table look (sweep text not null, service integer not null, instance text not null, taken_at integer not null,
  primary key (sweep, service)) strict, without rowid;
create index look_service on look (service, taken_at, sweep);
-- What it saw of a stack. listed: its goroutines in the traceback; stated: those with a wait; null without a traceback. least, median, most: of the
-- stated waits, in minutes. proven: those that Go's collector proved leaked; null without its profile.
create table look_stack (sweep text not null, service integer not null, stack integer not null, count integer not null, rule text,
  listed integer, stated integer, least integer, median integer, most integer, proven integer,
  primary key (service, stack, sweep)) strict, without rowid;
