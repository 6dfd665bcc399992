select
    id as order_id,
    customer_id,
    ordered_at,
    status as order_status,
    currency
from {{ source('shop', 'raw_orders') }}
