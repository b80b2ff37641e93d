\set house random(1, 1000)
\set staircase random(1, 4)
select row_to_json(p) from premises p
where deleted_at is null and address ilike format('%%%s号%s单元%%', :house::int, :staircase::int) order by id limit 50;
