select
    product_id,
    sku,
    product_name,
    category,
    price as list_price,
    is_active
from {{ ref('stg_shop__products') }}
