// The key of this browser, and proofs by it that a session is its own: the part of RFC 9449 that docs/mobile.md tells of.
// The private key cannot be read, not even by this code. Without a secure context or a place to keep it there are no proofs.

const DATABASE = "gridward-key";
const STORE = "keys";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A proof for one POST to `address`; `ahead`: by how many ms the server's clock is ahead. Null: this browser keeps no key. */
export async function proof(address: string, ahead: number): Promise<string | null> {
  const pair = await keyPair();
  if (pair === null) return null;
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
  const claims = { jti: crypto.randomUUID(), htm: "POST", htu: address, iat: Math.floor((Date.now() + ahead) / 1000) };
  const signed = `${base64url(utf8(header))}.${base64url(utf8(claims))}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function keyPair(): Promise<CryptoKeyPair | null> {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
  try {
    const database = await openDatabase();
    try {
      const stored = await requestResult<CryptoKeyPair | undefined>(database.transaction(STORE).objectStore(STORE).get("pair"));
      if (stored) return stored;
      const generated = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
      return await storeUnlessPresent(database, generated);
    } finally {
      database.close();
    }
  } catch {
    return null; // private windows of some browsers keep nothing
  }
}

/** The pair that is kept: another page of this browser may have made one meanwhile. */
async function storeUnlessPresent(database: IDBDatabase, generated: CryptoKeyPair): Promise<CryptoKeyPair> {
  const store = database.transaction(STORE, "readwrite").objectStore(STORE);
  const stored = await requestResult<CryptoKeyPair | undefined>(store.get("pair"));
  if (stored) return stored;
  await requestResult(store.put(generated, "pair"));
  return generated;
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return requestResult(request);
}

function requestResult<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const utf8 = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
