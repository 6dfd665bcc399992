select
    customers.customer_id,
    customers.first_name,
    customers.email,
    customers.country_code,
    customers.is_subscribed,
    count(orders.order_id) as number_of_orders,
    min(orders.ordered_at) as first_ordered_at
from {{ ref('stg_shop__customers') }} as customers
left join {{ ref('stg_shop__orders') }} as orders on customers.customer_id = orders.customer_id
group by 1, 2, 3, 4, 5
