"""The project's property YAML: what is written into it, in the form that its dbt version takes."""
