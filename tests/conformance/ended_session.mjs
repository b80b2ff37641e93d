// The built web/sync-client when the server begins a new epoch and then ends the session: `node ended_session.mjs PATH_OF_INDEX_JS URL
// USERNAME PASSWORD`. Writes a line of JSON for each step and waits for a line before the next.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , library, url, username, password] = process.argv;
const { MemoryStorage, SignedOut, SyncClient, TokenConnection, UnsentWork } = await import(pathToFileURL(library));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const storage = new MemoryStorage();
const client = new SyncClient({ storage, connection: new TokenConnection({ url, storage }) });

/** Report what the client holds, and wait until the server has changed. */
async function step(name, facts = {}) {
  const { token, rows, pending } = await client.dump();
  console.log(JSON.stringify({ name, token, rows: rows.length, pending: pending.length, ...facts }));
  await lines.next();
}

await client.signIn(username, password);
await client.sync();
await step("pulled");

const [home] = (await client.view("household")).keys();
await client.enqueue({ entity: "household", op: "patch", id: home, patch: { label: "kept" } });
await client.pull();
await step("after resync", { shown: (await client.view("household")).get(home).label });

let error = null;
try {
  await client.sync();
} catch (caught) {
  error = caught;
}
await step("signed out", { isSignedOut: error instanceof SignedOut, hasTokens: (await storage.readValue("tokens")) !== null });

await client.signIn(username, password);
await client.enqueue({ entity: "household", op: "patch", id: home, patch: { kind: "castle" } });
await client.sync();
const letters = await client.deadLetters();
try {
  await client.signOut();
} catch (caught) {
  error = caught;
}
await step("dead letter", { codes: letters.map(({ answer }) => answer.code), isUnsent: error instanceof UnsentWork });

await client.dismiss(letters[0].op_id);
await client.signOut();
await step("wiped");
process.exit(0);
