// One case from report to figures, by openapi-fetch with the types that openapi-typescript makes (docs/explanation/clients.md).
// Reads people and a place from standard input and writes what the server answered to standard output, as journey.py does.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./gridward.js";

declare const process: { stdin: AsyncIterable<Uint8Array> };
// Lists can be GeoJSON too: without this the type of their answers is a union.
type Media = "application/json" | "application/problem+json";
type Api = Client<paths, Media>;
type Transition = components["schemas"]["Transition"];
type Role = "reporter" | "worker" | "checker" | "supervisor";
interface Given {
  server: string;
  usernames: Record<Role, string>;
  password: string;
  lon: number;
  lat: number;
  category: string;
  description: string;
}

/** Return the data of an answer, or throw the problem document. */
async function read<T>(call: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await call;
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function signIn(given: Given, role: Role): Promise<Api> {
  const body = { username: given.usernames[role], password: given.password, device_id: "journey" };
  const anyone = createClient<paths, Media>({ baseUrl: given.server });
  const tokens = await read(anyone.POST("/api/v1/auth/token", { body }));
  return createClient<paths, Media>({
    baseUrl: given.server,
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
}

function transition(api: Api, incident_id: string, body: Transition) {
  return api.POST("/api/v1/incidents/{incident_id}/transitions", { params: { path: { incident_id } }, body });
}

/** Accept the only offer that the worker has. */
async function accept(api: Api): Promise<string> {
  const { items } = await read(api.GET("/api/v1/assignments", { params: { query: { state: "offered" } } }));
  const path = { assignment_id: items[0]!.id };
  return (await read(api.POST("/api/v1/assignments/{assignment_id}/accept", { params: { path } }))).status;
}

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function journey(given: Given) {
  const reporter = await signIn(given, "reporter");
  const worker = await signIn(given, "worker");
  const checker = await signIn(given, "checker");
  const supervisor = await signIn(given, "supervisor");

  const { lon, lat, category, description } = given;
  const reported = await read(reporter.POST("/api/v1/incidents", { body: { lon, lat, category, description } }));
  const listed = await read(supervisor.GET("/api/v1/incidents", { params: { query: { limit: 10 } } }));
  const step = async (api: Api, body: Transition) => (await read(transition(api, reported.id, body))).status;
  const statuses = [
    reported.status,
    await accept(worker),
    await step(worker, { action: "start" }),
    await step(worker, { action: "feed_back", note: "cleared" }),
    await accept(checker),
    await step(checker, { action: "check", result: "pass" }),
  ];
  const refused = await transition(worker, reported.id, { action: "start" });
  const period = { from: day(-1), to: day(1) };
  const { measures } = await read(supervisor.GET("/api/v1/figures", { params: { query: period } }));
  const members = await read(
    supervisor.GET("/api/v1/figures/members", { params: { query: { ...period, measure: "closed" } } }),
  );
  const path = { incident_id: reported.id };
  const events = await read(supervisor.GET("/api/v1/incidents/{incident_id}/events", { params: { path } }));
  const closed = await read(supervisor.GET("/api/v1/incidents/{incident_id}", { params: { path } }));
  const areas = await read(supervisor.GET("/api/v1/areas"));
  return {
    assigned: reported.assignment?.worker?.name,
    listed: listed.items.map((item) => ({ id: item.id, description: item.description })),
    statuses,
    events: events.items.map((event) => event.action),
    closed: closed.closed_at !== null,
    refused: refused.error?.code,
    figures: { accepted: measures.accepted.count, closed: measures.closed.count },
    members: members.items.map((member) => member.id),
    areas: areas.features.map((area) => area.properties.code),
  };
}

let input = "";
for await (const chunk of process.stdin) input += chunk;
console.log(JSON.stringify(await journey(JSON.parse(input))));
