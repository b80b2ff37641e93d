// The OpenAPI document as the page reads it: groups of operations, references, examples.

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const DEEPEST_EXAMPLE = 6;

/** Return a new UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, then random ones. */
export function newId() {
  const digits = Date.now().toString(16).padStart(12, "0") + crypto.randomUUID().replaceAll("-", "").slice(12);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7${digits.slice(13, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{ id: string, method: string, path: string, summary: string, description: string, tag: string,
 *   parameters: Json[], body: Json | null, responses: [string, Json][], schemes: string[] | null, permissions: string[], isDeprecated: boolean }} Operation
 */

export class ApiDocument {
  /** @param {Json} content */
  constructor(content) {
    this.content = content;
    this.server = (content.servers?.[0]?.url ?? "/").replace(/\/$/, "");
    /** @type {Operation[]} */
    this.operations = Object.entries(content.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => this.#operation(method, path, item)),
    );
    this.groups = content.tags.map((tag) => ({
      ...tag,
      slug: `group-${tag.name.toLowerCase().replace(/[^a-z]+/g, "-")}`,
      operations: this.operations.filter((operation) => operation.tag === tag.name),
    }));
  }

  /** @returns {Operation} */
  #operation(method, path, item) {
    const own = item[method];
    const security = own.security ?? this.content.security ?? [];
    return {
      id: own.operationId,
      method: method.toUpperCase(),
      path,
      summary: own.summary ?? "",
      description: own.description ?? "",
      tag: own.tags[0],
      parameters: [...(item.parameters ?? []), ...(own.parameters ?? [])].map((parameter) => this.resolve(parameter)),
      body: own.requestBody ? this.resolve(own.requestBody) : null,
      responses: Object.entries(own.responses ?? {}).map(([status, response]) => [status, this.resolve(response)]),
      schemes: security.length ? security.flatMap((scheme) => Object.keys(scheme)) : null,
      permissions: own["x-permissions"] ?? [],
      isDeprecated: own.deprecated === true,
    };
  }

  /** Return the node to which a reference leads; what stands beside the reference comes first. */
  resolve(node) {
    if (!node?.$ref) return node ?? {};
    const { $ref, ...beside } = node;
    const target = $ref.slice(2).split("/").reduce((place, key) => place?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], this.content);
    return { ...this.resolve(target), ...beside };
  }

  /** Return the hash of the operation that a piece of code such as `POST /incidents` names, or null. */
  addressOf(code) {
    const match = /^(GET|POST|PUT|PATCH|DELETE|HEAD) (\/\S*)$/.exec(code);
    if (!match) return null;
    const path = match[2].split("?")[0];
    const named = this.operations.find(({ method, path: whole }) => method === match[1] && (whole === path || whole === `/api/v1${path}`));
    return named ? `#${named.id}` : null;
  }

  /**
   * Return the examples of a body or an answer, by name; one is made from the schema where none is written.
   * @returns {[string, any][]}
   */
  examplesOf(media) {
    const written = Object.entries(media.examples ?? {}).map(([name, example]) => {
      const { summary, value } = this.resolve(example);
      return [summary || name, value];
    });
    if (written.length) return /** @type {[string, any][]} */ (written);
    if (media.example !== undefined) return [["Example", media.example]];
    return media.schema ? [["Made from the schema", this.exampleOf(media.schema)]] : [];
  }

  /** Return the examples of a request: each with a new id where the client makes it, so that it can be sent twice. */
  requestsOf(media) {
    const hasId = this.resolve(this.resolve(media.schema).properties?.id).format === "uuid";
    return this.examplesOf(media).map(([name, value]) => [name, hasId && value?.id ? { ...value, id: newId() } : value]);
  }

  exampleOf(schema, depth = 0) {
    const own = this.resolve(schema);
    const written = own.example ?? own.examples?.[0] ?? own.const ?? own.enum?.find((value) => value !== null);
    if (written !== undefined) return written;
    const option = (own.anyOf ?? own.oneOf)?.find((choice) => this.resolve(choice).type !== "null");
    if (option) return this.exampleOf(option, depth);
    const type = [own.type].flat().find((name) => name !== "null");
    if (depth > DEEPEST_EXAMPLE) return null;
    if (type === "object") {
      const isWanted = (name) => !own.required || own.required.includes(name);
      const members = Object.entries(own.properties ?? {}).filter(([name, member]) => isWanted(name) && !this.resolve(member).readOnly);
      return Object.fromEntries(members.map(([name, member]) => [name, this.exampleOf(member, depth + 1)]));
    }
    if (type === "array") return [this.exampleOf(own.items ?? {}, depth + 1)];
    if (type === "integer" || type === "number") return own.default ?? Math.max(1, own.minimum ?? 1);
    if (type === "boolean") return own.default ?? true;
    if (type !== "string") return {};
    const formats = { "date-time": new Date().toISOString(), date: new Date().toISOString().slice(0, 10), uuid: newId() };
    return own.default || formats[own.format] || "text";
  }
}
