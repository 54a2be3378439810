// Checks a webhook of Jiesu: signed as Standard Webhooks say (https://www.standardwebhooks.com). Node 18 or newer, no library.
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 300;

/** Return the parsed body, or throw an Error that says why it is not to be believed. `raw` is the body as it came. */
export function verify(secret, headers, raw, now = Date.now()) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures) throw new Error("a header is missing");
  const age = Math.abs(now / 1000 - Number(timestamp));
  if (!(age <= TOLERANCE_SECONDS)) throw new Error("too old, or a clock is wrong");

  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${raw}`).digest();
  // While a secret is being changed there are two signatures; one of them has to fit.
  const fits = signatures.split(" ").some((one) => {
    const [version, value] = one.split(",");
    const given = Buffer.from(value ?? "", "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!fits) throw new Error("the signature does not fit");
  // Now look `id` up among those that you have seen, and do nothing for one that you have: it is sent again when your
  // answer was lost.
  return JSON.parse(raw);
}

// node verify.mjs SECRET < {"headers": …, "body": …}
if (process.argv[1] === new URL(import.meta.url).pathname && process.argv[2]) {
  let text = "";
  for await (const part of process.stdin) text += part;
  const { headers, body } = JSON.parse(text);
  try {
    console.log(JSON.stringify(verify(process.argv[2], headers, body)));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
