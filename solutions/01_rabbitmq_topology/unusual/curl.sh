# pass
# What rabbitmqadmin does: one call of the management API for each thing.
set -eu
put() { curl -sSf -m 5 -H 'Content-Type: application/json' -X "$1" "$RABBITMQ_API/$2" -d "$3"; }
quorum='"durable":true,"arguments":{"x-queue-type":"quorum"'
put PUT "exchanges/$VHOST/$EXCHANGE" '{"type":"topic","durable":true}'
put PUT "queues/$VHOST/$DEAD" "{$quorum}}"
put PUT "queues/$VHOST/$EXPRESS" "{$quorum}}"
put PUT "queues/$VHOST/$BILLING" "{$quorum,\"x-dead-letter-exchange\":\"\",\"x-dead-letter-routing-key\":\"$DEAD\"}}"
put POST "bindings/$VHOST/e/$EXCHANGE/q/$BILLING" '{"routing_key":"order.created.#"}'
put POST "bindings/$VHOST/e/$EXCHANGE/q/$BILLING" '{"routing_key":"order.cancelled.#"}'
put POST "bindings/$VHOST/e/$EXCHANGE/q/$EXPRESS" '{"routing_key":"order.created.*.express"}'
put POST "bindings/$VHOST/e/$EXCHANGE/q/$AUDIT" '{"routing_key":"order.#"}'
