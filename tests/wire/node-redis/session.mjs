// What a program in Node.js does with a stream and a channel, over node-redis.
import { createClient } from "redis";

const orders = process.env.ORDERS.split(",");
const client = createClient({ url: process.env.REDIS_URL });
await client.connect();
await client.xGroupCreate("orders", "shop", "0", { MKSTREAM: true });
await Promise.all(orders.map((id) => client.xAdd("orders", "*", { body: JSON.stringify({ id }) })));
let seen = 0;
while (seen < orders.length) {
  const found = await client.xReadGroup("shop", "node", { key: "orders", id: ">" }, { COUNT: 4, BLOCK: 1000 });
  for (const { id } of found[0].messages) {
    if (seen === 0) await client.multi().xAck("orders", "shop", id).xDel("orders", id).exec();
    else await client.xAck("orders", "shop", id);
    seen += 1;
  }
}
const listener = client.duplicate();
await listener.connect();
const heard = new Promise((resolve) => listener.subscribe("news", resolve));
while ((await client.publish("news", orders[0])) === 0);
await heard;
await listener.unsubscribe("news");
await listener.close();
await client.del("orders");
await client.close();
