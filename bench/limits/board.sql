select subpath(scope_path, 0, 3), status, count(*) from incident
where status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null group by 1, 2;
