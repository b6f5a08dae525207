alter table snapshot modify ttl toDate(day) + interval 14 day;
alter table sample modify ttl toDate(day) + interval 14 day;
alter table planned modify ttl toDate(day) + interval 14 day;
alter table missed modify ttl toDate(day) + interval 14 day;
alter table sweep modify ttl toDate(day) + interval 14 day;
alter table looked modify ttl toDate(day) + interval 730 day;
alter table daily modify ttl toDate(day) + interval 730 day;
