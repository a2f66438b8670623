// pass client-retry-doubles
// In Node.js with node-redis: it queues while it reconnects and sends again what had no answer yet, so an order may stand there twice.
const { createClient } = require('redis')

const { REDIS_URL, STREAM, CHANNEL, MISSED, SHOP_URL } = process.env

const escape = (value) => String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;')
const toXml = (order) => `<order>${Object.entries(order).map(([k, v]) => `<${k}>${escape(v)}</${k}>`).join('')}</order>`

async function insist (action) {
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (!/Socket|ECONN|closed/i.test(`${error.name} ${error.message} ${error.code}`)) throw error
    }
  }
}

async function main () {
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: 50 } })
  client.on('error', (error) => console.log(String(error)))
  await client.connect()
  const lines = (await (await fetch(`${SHOP_URL}/orders`)).text()).split('\n').filter(Boolean)
  for (const line of lines) {
    const order = JSON.parse(line)
    await insist(() => client.xAdd(STREAM, '*', {
      type: 'order.placed',
      content_type: `application/${order.format}`,
      order_id: order.id,
      schema_version: '1',
      time: String(Math.floor(Date.now() / 1000)),
      body: order.format === 'json' ? line : toXml(order)
    }))
    const heard = await insist(() => client.publish(CHANNEL, order.id))
    if (heard === 0) await insist(() => client.rPush(MISSED, order.id))
    await fetch(`${SHOP_URL}/accepted`, { method: 'POST', body: line })
  }
  await client.close()
}

main().catch((error) => { console.error(error); process.exit(1) })
