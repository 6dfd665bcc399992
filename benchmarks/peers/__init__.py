"""Other tools that read what dbt has written, beside this one."""
