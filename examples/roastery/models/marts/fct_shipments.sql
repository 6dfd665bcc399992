select
    shipments.shipment_id,
    shipments.order_id,
    orders.customer_id,
    shipments.carrier,
    shipments.shipped_on,
    shipments.delivered_on,
    shipments."Delivery Note"
from {{ ref('stg_logistics__shipments') }} as shipments
inner join {{ ref('stg_shop__orders') }} as orders on shipments.order_id = orders.order_id
