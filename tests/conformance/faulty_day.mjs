// The built web/sync-client on the faulty network of the conformance kit: `node faulty_day.mjs PATH_OF_INDEX_JS DUMP_FILE`.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , library, dumpFile] = process.argv;
const { MemoryStorage, NoAnswer, SyncClient, TokenConnection, TryLater } = await import(pathToFileURL(library));

const { CONFORMANCE_URL: url, CONFORMANCE_USERNAME: username, CONFORMANCE_PASSWORD: password } = process.env;
const ROUNDS = 15;

const storage = new MemoryStorage();
const client = new SyncClient({ storage, connection: new TokenConnection({ url, storage }), pageLimit: 5 });
const shortPause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Post what the client holds now, also in the middle of a checkpoint: it must be that of its token. */
async function check() {
  const body = JSON.stringify(await client.dump());
  const response = await fetch(`${url}/_conformance/check`, { method: "POST", body });
  const { differences } = await response.json();
  if (differences.length > 0) throw new Error(JSON.stringify(differences));
}

async function signIn() {
  for (;;)
    try {
      return await client.signIn(username, password);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof TryLater)) throw error;
    }
}

async function sync() {
  await client.syncUntilQuiet(200, async () => {
    await check();
    await shortPause();
  });
  await check();
}

await signIn();
await sync();
for (let round = 0; round < ROUNDS; round++) {
  const homes = [...(await client.view("household")).keys()].sort();
  await client.enqueue({ entity: "household", op: "patch", id: homes[round % homes.length], patch: { label: `round ${round}` } });
  await client.enqueue(
    { entity: "visit", op: "create", patch: { household_id: homes[0], outcome: "done" } },
    { entity: "household", op: "patch", id: homes[(round + 1) % homes.length], patch: { label: `visited ${round}` } },
  );
  if ((await client.view("household")).get(homes[(round + 1) % homes.length]).label !== `visited ${round}`) throw new Error("own work is not shown");
  await sync();
}
const unsent = await client.unsentWork();
if (unsent.unsent + unsent.dead > 0) throw new Error(JSON.stringify(await client.deadLetters()));
writeFileSync(dumpFile, JSON.stringify(await client.dump()));
