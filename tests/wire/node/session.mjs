// One amqplib session against AMQP_URL: confirmed publishes, a consumer that acknowledges and rejects, an unroutable message.
import amqp from 'amqplib';

const orders = process.env.ORDERS.split(',');
const connection = await amqp.connect(process.env.AMQP_URL);
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.prefetch(5);
channel.on('return', () => {});
channel.publish('', 'no-such-queue', Buffer.from('{}'), { mandatory: true, messageId: orders[0] });
for (const id of orders) {
  channel.sendToQueue(queue, Buffer.from(JSON.stringify({ id })), { persistent: true, headers: { attempt: 1 } });
}
await channel.waitForConfirms();
let seen = 0;
await new Promise((resolve) => {
  channel.consume(queue, (message) => {
    seen += 1;
    if (seen === 1) channel.nack(message, false, true);
    else channel.ack(message);
    if (seen === orders.length + 1) resolve();
  });
});
await channel.close();
await connection.close();
