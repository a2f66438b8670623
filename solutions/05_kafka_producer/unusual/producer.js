// pass idempotence-off
// In Node.js with kafkajs: it has no limit of its own, so the broker refuses the large order. Without idempotence that is
// the one order's trouble; the client's own retry after a lost answer may double, which deserves the remark.
const { Kafka, Partitioners, logLevel } = require('kafkajs')

const { KAFKA_BOOTSTRAP, TOPIC, SHOP_URL } = process.env

const escape = (value) => String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;')
const toXml = (order) => `<order>${Object.entries(order).map(([k, v]) => `<${k}>${escape(v)}</${k}>`).join('')}</order>`

async function main () {
  const kafka = new Kafka({ brokers: [KAFKA_BOOTSTRAP], logLevel: logLevel.ERROR, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 } })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const lines = (await (await fetch(`${SHOP_URL}/orders`)).text()).split('\n').filter(Boolean)
  for (const line of lines) {
    const order = JSON.parse(line)
    try {
      await producer.send({
        topic: TOPIC,
        acks: -1,
        messages: [{
          key: order.customer,
          value: order.format === 'json' ? JSON.stringify(order) : toXml(order),
          headers: {
            content_type: `application/${order.format}`, order_id: order.id, type: 'order.placed', schema_version: '1'
          }
        }]
      })
    } catch (error) {
      if (!/MESSAGE_TOO_LARGE/.test(error.type || (error.cause && error.cause.type))) throw error
      console.log(`order ${order.n}: ${error.message}`)
      continue
    }
    await fetch(`${SHOP_URL}/accepted`, { method: 'POST', body: line })
  }
  await producer.disconnect()
}

main().catch((error) => { console.error(error); process.exit(1) })
