// One kafkajs session against KAFKA_BOOTSTRAP: a gzip batch, a group consumer that commits each message.
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';

const { KAFKA_BOOTSTRAP, TOPIC, GROUP } = process.env;
const orders = process.env.ORDERS.split(',');
const kafka = new Kafka({ clientId: 'shop', brokers: [KAFKA_BOOTSTRAP], logLevel: logLevel.ERROR });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] });
await admin.disconnect();
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
for (const batch of [orders.slice(0, 5), orders.slice(5)]) {
  await producer.send({ topic: TOPIC, compression: CompressionTypes.GZIP,
    messages: batch.map((id) => ({ key: id, value: JSON.stringify({ id }), headers: { attempt: '1' } })) });
}
await producer.disconnect();
const consumer = kafka.consumer({ groupId: GROUP, rebalanceTimeout: 3000 });
await consumer.connect();
await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
let seen = 0;
await new Promise((resolve) => consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
    seen += 1;
    if (seen === orders.length) resolve();
  },
}));
await consumer.disconnect();
