// Charge every order in the queue; acknowledge an order only when nothing is left to do for it.
const amqp = require("amqplib");

// The shop is plain HTTP: 200 charged, 503 not just now, 422 never.
async function charge(order) {
  const answer = await fetch(process.env.SHOP_URL + "/charges", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  return answer.status;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const connection = await amqp.connect(process.env.AMQP_URL);
  const channel = await connection.createChannel();
  await channel.prefetch(10); // before consume, or it does not count for this consumer

  await channel.consume(process.env.QUEUE, async (message) => {
    if (message === null) return; // the broker cancelled the consumer
    const order = JSON.parse(message.content);
    channel.ack(message);
    await charge(order);
  });

  // What is not acknowledged yet goes back to the queue.
  process.on("SIGTERM", () => connection.close().then(() => process.exit(0)));
}

main();
