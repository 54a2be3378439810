// Reports something to a street with a client of Open311 GeoReport v2 that others wrote, and reads what became of it:
//
//   OPEN311_URL=https://street.example/intake/open311/v2/ API_KEY=… JURISDICTION=… node report.mjs report.json
//
// Prints one JSON object: what each call of the client gave. Ends with 1 when the street refuses something.
import { readFile } from "node:fs/promises";
import Open311 from "open311";

const { OPEN311_URL, API_KEY = "", JURISDICTION } = process.env;
if (!OPEN311_URL || !process.argv[2]) {
  console.error("usage: OPEN311_URL=https://street.example/intake/open311/v2/ node report.mjs report.json");
  process.exit(64);
}
const street = new Open311({
  discovery: new URL("discovery.json", OPEN311_URL).href,
  apiKey: API_KEY,
  jurisdiction: JURISDICTION,
});
const call = (name, ...given) =>
  new Promise((resolve, reject) =>
    street[name](...given, (failed, answer) => (failed ? reject(new Error(answer)) : resolve(answer))),
  );

try {
  const report = JSON.parse(await readFile(process.argv[2], "utf8"));
  const discovery = await call("serviceDiscovery", { cache: true });
  const services = await call("serviceList");
  const definition = await call("serviceDefinition", report.service_code);
  const [posted] = await call("submitRequest", report);
  const [again] = await call("submitRequest", report);
  const [one] = await call("serviceRequest", posted.service_request_id, {});
  const several = await call("serviceRequests", [posted.service_request_id], {});
  // The notice has the resident's tracking code, and that is a token too.
  const [token] = await call("token", posted.service_notice.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){2}/)[0]);
  const pages = [];
  for (const page of [1, 2]) {
    pages.push(await call("serviceRequests", { service_code: report.service_code, page, page_size: 1 }));
  }
  console.log(JSON.stringify({ discovery, services, definition, posted, again, one, several, token, pages }));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
