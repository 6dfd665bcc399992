select
    cast(orders.order_id as integer) as order_id,
    cast(orders.customer_id as integer) as customer_id,
    cast(orders.ordered_at as timestamp) as ordered_at,
    cast(orders.order_status as varchar) as order_status,
    cast(count(items.order_item_key) as bigint) as item_count,
    cast(sum(items.line_amount) as double) as order_total
from {{ ref('stg_shop__orders') }} as orders
left join {{ ref('int_order_items__priced') }} as items on orders.order_id = items.order_id
group by 1, 2, 3, 4
