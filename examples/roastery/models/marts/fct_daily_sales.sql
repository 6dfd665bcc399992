{{ config(materialized='incremental', unique_key=['sales_date', 'category']) }}

select
    cast(orders.ordered_at as date) as sales_date,
    items.category,
    sum(items.quantity) as units,
    sum(items.line_amount) as revenue
from {{ ref('stg_shop__orders') }} as orders
inner join {{ ref('int_order_items__priced') }} as items on orders.order_id = items.order_id
{% if is_incremental() %}
where cast(orders.ordered_at as date) >= (select max(sales_date) from {{ this }})
{% endif %}
group by 1, 2
