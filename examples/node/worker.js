// A service in Node.js on RabbitMQ (amqplib). It knows nothing of the workbook: a broker's URL, a queue, the address of a service
// that takes payments. A payment that fails is put back by nack, a moment later.
const amqp = require("amqplib");

const { AMQP, QUEUE, PAYMENT_API } = process.env;
const noAck = process.env.NO_ACK === "yes";

async function pay(message) {
  const order = JSON.parse(message.content);
  const answer = await fetch(PAYMENT_API, { method: "POST", body: JSON.stringify({ order: order.id, amount: order.amount }) });
  if (!answer.ok) throw new Error(`the payment service answered ${answer.status}`);
}

async function main() {
  const connection = await amqp.connect(AMQP);
  connection.on("close", () => process.exit(1)); // whoever looks after the service starts it again
  connection.on("error", (error) => console.error(error.message));
  const channel = await connection.createChannel();
  await channel.prefetch(5);
  await channel.consume(QUEUE, async (message) => {
    try {
      await pay(message);
      if (!noAck) channel.ack(message);
    } catch (error) {
      console.error(error.message);
      if (!noAck) setTimeout(() => channel.nack(message), 200);
    }
  }, { noAck });
}

main();
