{% snapshot products_snapshot %}
{{ config(target_schema='snapshots', unique_key='product_id', strategy='check', check_cols=['price', 'is_active']) }}
select product_id, sku, price, is_active from {{ ref('stg_shop__products') }}
{% endsnapshot %}
