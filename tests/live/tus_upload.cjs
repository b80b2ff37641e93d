// node tus_upload.cjs FOLDER ENDPOINT TOKEN FILE ID SHA256: uploads by the tus-js-client that is installed in FOLDER.
const fs = require("fs");
const [folder, endpoint, token, path, id, sha256] = process.argv.slice(2);
const tus = require(require.resolve("tus-js-client", { paths: [folder] }));

let retries = 0;
new tus.Upload(fs.createReadStream(path), {
  endpoint,
  chunkSize: 10_000_000,
  uploadSize: fs.statSync(path).size,
  retryDelays: [0, 10, 50, 200, 1000],
  headers: { Authorization: `Bearer ${token}` },
  metadata: { id, kind: "other", sha256 },
  onShouldRetry: () => ++retries,
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => console.log(retries),
}).start();
