// Charge every order in the topic; commit the position behind an order only when nothing is left to do for it.
const { Kafka, logLevel } = require("kafkajs");

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
  const kafka = new Kafka({ brokers: [process.env.KAFKA_BOOTSTRAP], logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: process.env.GROUP, maxWaitTimeInMs: 200 });
  await consumer.connect();
  // Where a group begins that has committed nothing; without it what is there already would be skipped.
  await consumer.subscribe({ topics: [process.env.TOPIC], fromBeginning: true });

  await consumer.run({
    autoCommit: false, // by default kafkajs commits now and then what it has handed out
    eachMessage: async ({ topic, partition, message }) => {
      const order = JSON.parse(message.value);
      const behind = String(Number(message.offset) + 1); // the next one to read, not the one just read
      await consumer.commitOffsets([{ topic, partition, offset: behind }]);
      await charge(order);
    },
  });

  // Leave the group, so that nobody waits for this member.
  process.on("SIGTERM", () => consumer.disconnect().then(() => process.exit(0)));
}

main();
