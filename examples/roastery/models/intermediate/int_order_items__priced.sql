select
    items.order_item_key,
    items.order_id,
    items.product_id,
    products.category,
    items.quantity,
    items.quantity * items.unit_price_cents / 100.0 as line_amount
from {{ ref('stg_shop__order_items') }} as items
left join {{ ref('stg_shop__products') }} as products on items.product_id = products.product_id
