// Charge every order in the stream; acknowledge an order only when nothing is left to do for it.
const { createClient } = require("redis");

const { REDIS_URL, STREAM, GROUP, CONSUMER, SHOP_URL } = process.env;
const MIN_IDLE_MS = 2000; // no charge takes as long
let stopping = false;
process.on("SIGTERM", () => { stopping = true; }); // the order in hand is finished first

// The shop is plain HTTP: 200 charged, 503 not just now, 422 never.
async function charge(order) {
  const answer = await fetch(`${SHOP_URL}/charges`, { method: "POST", body: JSON.stringify(order) });
  return answer.status;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const client = await createClient({ url: REDIS_URL }).on("error", console.error).connect();

  async function onOrder(id, order) {
    await client.xAck(STREAM, GROUP, id);
    await charge(order);
  }

  async function workOff(messages) {
    for (const each of messages) {
      if (each && !stopping) await onOrder(each.id, JSON.parse(each.message.body));
    }
  }

  async function read(id, options) {
    const found = await client.xReadGroup(GROUP, CONSUMER, { key: STREAM, id }, options);
    await workOff(found ? found[0].messages : []);
  }

  while (!stopping) {
    await read(">", { COUNT: 10, BLOCK: 200 });
  }
  await client.close();
}

main();
