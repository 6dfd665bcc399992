select
    {{ hash_key(['order_id', 'line_number']) }} as order_item_key,
    order_id,
    line_number,
    product_id,
    quantity,
    unit_price_cents
from {{ source('shop', 'raw_order_items') }}
