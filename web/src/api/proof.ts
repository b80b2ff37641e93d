// Key pair of this browser, and proofs of possession signed with it (DPoP, RFC 9449, see docs/reference/mobile.md). The private key is
// not extractable. Without a secure context or IndexedDB there are no proofs.

const DATABASE = "gridward-key";
const STORE = "keys";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * Return a proof for one POST to `address`, or null if this browser has no key. `ahead`: ms by which the server's clock
 * is ahead.
 */
export async function proof(address: string, clockAheadMs: number): Promise<string | null> {
  const pair = await keyPair();
  if (pair === null) return null;
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
  const claims = {
    jti: crypto.randomUUID(),
    htm: "POST",
    htu: address,
    iat: Math.floor((Date.now() + clockAheadMs) / 1000),
  };
  const signed = `${base64url(utf8(header))}.${base64url(utf8(claims))}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    pair.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

async function keyPair(): Promise<CryptoKeyPair | null> {
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
  try {
    const database = await openDatabase();
    try {
      const stored = await requestResult<CryptoKeyPair | undefined>(
        database.transaction(STORE).objectStore(STORE).get("pair"),
      );
      if (stored) return stored;
      const generated = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
      return await storeUnlessPresent(database, generated);
    } finally {
      database.close();
    }
  } catch {
    return null; // private windows of some browsers have no storage
  }
}

/** Store the pair unless another page of this browser stored one meanwhile, and return the stored pair. */
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
    request.onerror = () => reject(request.error!);
  });
}

const utf8 = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
