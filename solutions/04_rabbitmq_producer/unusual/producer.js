// pass
// In Node.js with amqplib: a confirm channel, all orders at once, and one wait for all the confirms.
const amqp = require('amqplib')

const { AMQP_URL, EXCHANGE, SHOP_URL } = process.env

const escape = (value) => String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;')
const toXml = (order) => `<order>${Object.entries(order).map(([k, v]) => `<${k}>${escape(v)}</${k}>`).join('')}</order>`

async function main () {
  const lines = (await (await fetch(`${SHOP_URL}/orders`)).text()).split('\n').filter(Boolean)
  const connection = await amqp.connect(AMQP_URL)
  const channel = await connection.createConfirmChannel()
  const returned = new Set()
  channel.on('return', (message) => returned.add(message.properties.messageId))
  for (const order of lines.map((line) => JSON.parse(line))) {
    channel.publish(EXCHANGE, `order.${order.region}`, Buffer.from(order.format === 'json' ? JSON.stringify(order) : toXml(order)), {
      contentType: `application/${order.format}`,
      messageId: order.id,
      type: 'order.placed',
      timestamp: Math.floor(Date.now() / 1000),
      headers: { schema_version: 1 },
      persistent: true,
      mandatory: true
    })
  }
  await channel.waitForConfirms()
  for (const line of lines) {
    if (!returned.has(JSON.parse(line).id)) {
      await fetch(`${SHOP_URL}/accepted`, { method: 'POST', body: line })
    }
  }
  await connection.close()
}

main().catch((error) => { console.error(error); process.exit(1) })
