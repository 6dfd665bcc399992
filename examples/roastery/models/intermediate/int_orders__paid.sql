select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    sum(payments.amount) as paid_amount,
    min(payments.paid_at) as first_paid_at
from {{ ref('stg_shop__orders') }} as orders
inner join {{ ref('stg_shop__payments') }} as payments on orders.order_id = payments.order_id
group by 1, 2, 3
