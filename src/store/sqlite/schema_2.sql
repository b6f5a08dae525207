-- What was last reported of a stack, of which day it was, and how large the stack was then.
create table notice (service integer not null, stack integer not null, kind text not null, day integer not null, rms real not null,
  primary key (service, stack)) strict, without rowid;
-- The days of a service.
create index looked_service on looked (service, day, version, instances);
