-- Days are counted from 1970, times are seconds since then. A text that is not known is empty. A table may have a row several times: each
-- question takes the last one, or says how they are added up.
create table if not exists sweep (id String, day Int32, begun Int64, ended Int64, source String)
  engine = ReplacingMergeTree() order by (day, id, begun, ended, source);
create table if not exists snapshot (day Int32, sweep String, service String, instance String, version String, taken_at Int64,
  goroutines UInt64, go_version String, form String, place String)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (service, day, sweep, instance);
create table if not exists sample (day Int32, sweep String, service String, instance String, fp UInt64, n UInt64)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (service, day, sweep, instance, fp);
create table if not exists stack (fp UInt64, frames String, site String, spawn String, blocked_on String, rule String, background UInt8)
  engine = ReplacingMergeTree() order by (fp, frames, site, spawn, blocked_on, rule, background);
create table if not exists service (name String, team String, day Int32) engine = ReplacingMergeTree(day) order by name;
create table if not exists planned (day Int32, sweep String, service String, listed UInt64, wanted UInt64)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (day, sweep, service, listed, wanted);
create table if not exists missed (day Int32, sweep String, service String, instance String, cause String, detail String)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (day, sweep, service, instance);
-- Sums of a day. Of the generations of a service and day the last one counts: it has the most snapshots.
create table if not exists looked (day Int32, service String, version String, instances UInt64, generation UInt64)
  engine = ReplacingMergeTree() partition by intDiv(day, 30) order by (day, service, generation, version);
create table if not exists daily (day Int32, service String, version String, fp UInt64, instances UInt64, total UInt64, squares UInt64,
  most UInt64, most_at String, generation UInt64)
  engine = ReplacingMergeTree() partition by intDiv(day, 30) order by (day, service, generation, version, fp);
-- The first day of a stack in a service. The row with the greatest age stays.
create table if not exists since (service String, fp UInt64, day Int32, version String, age UInt32)
  engine = ReplacingMergeTree(age) order by (service, fp);
create table if not exists notice (service String, fp UInt64, kind String, day Int32, rms Float64)
  engine = ReplacingMergeTree(day) order by (service, fp);
-- Second looks: one instance of a service in a sweep, and what it saw of stacks. The last row of a sweep and service counts.
create table if not exists look (day Int32, sweep String, service String, instance String, taken_at Int64)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (service, sweep);
create table if not exists look_stack (day Int32, sweep String, service String, fp UInt64, n UInt64, rule String, listed UInt64, stated UInt64,
  least UInt32, median UInt32, most UInt32, has_waits UInt8, proven UInt64, has_proof UInt8, taken_at Int64)
  engine = ReplacingMergeTree() partition by intDiv(day, 7) order by (service, fp, sweep, taken_at);
