select
    id as product_id,
    sku,
    product_name,
    category,
    price_cents / 100.0 as price,
    is_active
from {{ source('shop', 'raw_products') }}
