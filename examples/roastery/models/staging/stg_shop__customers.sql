select
    id as customer_id,
    first_name,
    lower(email) as email,
    country_code,
    created_at,
    is_subscribed
from {{ source('shop', 'raw_customers') }}
