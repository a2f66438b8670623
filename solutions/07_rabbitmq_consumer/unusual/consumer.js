// pass
const amqp = require("amqplib");

async function charge(order) {
  const answer = await fetch(process.env.SHOP_URL + "/charges", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  return answer.status;
}

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createChannel();
  await channel.prefetch(5);
  await channel.consume(process.env.QUEUE, async (message) => {
    if (message === null) return; // the broker cancelled the consumer
    let status = await charge(JSON.parse(message.content));
    while (status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      status = await charge(JSON.parse(message.content));
    }
    if (status === 200) channel.ack(message);
    else channel.nack(message, false, false);
  });
  process.on("SIGTERM", () => connection.close().then(() => process.exit(0)));
}

main();
