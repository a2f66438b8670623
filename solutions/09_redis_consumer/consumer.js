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
    // region task: charge the order, then acknowledge it
    let status = await charge(order);
    while (status === 503) {
      // Not charged, but it may be soon. Unacknowledged, the order stays pending with our name.
      await sleep(100);
      status = await charge(order);
    }
    // It can never be charged: leave a trace, or it stays pending for ever.
    if (status === 422) console.log(`order ${order.n}: refused`);
    await client.xAck(STREAM, GROUP, id);
    // starter:
    //| await client.xAck(STREAM, GROUP, id);
    //| await charge(order);
    // endregion
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

  // region task: first what an earlier process of our name left behind; later what somebody else never came back for
  await read("0");
  while (!stopping) {
    await workOff((await client.xAutoClaim(STREAM, GROUP, CONSUMER, MIN_IDLE_MS, "0-0")).messages);
    await read(">", { COUNT: 10, BLOCK: 200 });
  }
  // starter:
  //| while (!stopping) {
  //|   await read(">", { COUNT: 10, BLOCK: 200 });
  //| }
  // endregion
  await client.close();
}

main();
