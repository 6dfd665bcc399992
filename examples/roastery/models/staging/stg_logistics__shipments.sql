select
    shipment_id,
    order_id,
    carrier,
    shipped_on,
    delivered_on,
    "Delivery Note"
from {{ source('logistics', 'raw_shipments') }}
