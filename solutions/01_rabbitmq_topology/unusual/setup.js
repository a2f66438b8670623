// pass
const amqp = require("amqplib");

const { AMQP_URL, EXCHANGE, BILLING, EXPRESS, AUDIT, DEAD } = process.env;
const quorum = { durable: true, arguments: { "x-queue-type": "quorum" } };

async function main() {
  const connection = await amqp.connect(AMQP_URL);
  const channel = await connection.createChannel();
  await channel.assertExchange(EXCHANGE, "topic", { durable: true });
  await channel.assertQueue(DEAD, quorum);
  await channel.assertQueue(EXPRESS, quorum);
  await channel.assertQueue(BILLING, { ...quorum, deadLetterExchange: "", deadLetterRoutingKey: DEAD });
  await channel.checkQueue(AUDIT);
  for (const event of ["created", "cancelled"]) await channel.bindQueue(BILLING, EXCHANGE, `order.${event}.#`);
  await channel.bindQueue(EXPRESS, EXCHANGE, "order.created.*.express");
  await channel.bindQueue(AUDIT, EXCHANGE, "order.#");
  await connection.close();
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
