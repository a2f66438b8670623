// pass
// kafkajs: one commit a message; an error that is thrown makes kafkajs fetch the message again after a pause.
const { Kafka, logLevel } = require("kafkajs");

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
  const kafka = new Kafka({ brokers: [process.env.KAFKA_BOOTSTRAP], logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: process.env.GROUP, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [process.env.TOPIC], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      const order = JSON.parse(message.value);
      let status = await charge(order);
      while (status === 503) {
        await sleep(100);
        status = await charge(order);
      }
      if (status === 422) console.log(`order ${order.n}: refused`);
      await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
    },
  });
  process.on("SIGTERM", () => consumer.disconnect().then(() => process.exit(0)));
}

main();
