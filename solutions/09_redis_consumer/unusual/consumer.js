// pass
// Node.js with node-redis.
const { createClient } = require("redis");

const { REDIS_URL, STREAM, GROUP, CONSUMER, SHOP_URL } = process.env;
let stopping = false;
process.on("SIGTERM", () => { stopping = true; });

async function charge(body) {
  for (;;) {
    const answer = await fetch(`${SHOP_URL}/charges`, { method: "POST", body });
    if (answer.status === 200) return;
    if (answer.status === 422) return console.log(`refused: ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function main() {
  const client = await createClient({ url: REDIS_URL }).on("error", console.error).connect();
  const workOff = async (messages) => {
    for (const each of messages) {
      if (!each || stopping) continue;
      await charge(each.message.body);
      await client.xAck(STREAM, GROUP, each.id);
    }
  };
  const read = async (id, options) => {
    const found = await client.xReadGroup(GROUP, CONSUMER, { key: STREAM, id }, options);
    await workOff(found ? found[0].messages : []);
  };
  await read("0");
  while (!stopping) {
    await workOff((await client.xAutoClaim(STREAM, GROUP, CONSUMER, 2000, "0-0")).messages);
    await read(">", { COUNT: 10, BLOCK: 200 });
  }
  await client.close();
}

main();
