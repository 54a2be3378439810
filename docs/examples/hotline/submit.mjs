// Submits appeals to a street, one JSON object a line, and prints what becomes of each:
//
//   AMQP_URL=amqp://user:password@host:5672/vhost SOURCE=hotline12345 node submit.mjs appeals.jsonl
//
// Ends with 0 when all are registered, 1 when some are rejected, 2 when some are not answered in time.
// Submitting again is harmless: the street registers each number of a source once, and answers again with the same appeal.
import { readFile } from "node:fs/promises";
import amqp from "amqplib";
import { CloudEvent, HTTP } from "cloudevents";

const { AMQP_URL, SOURCE = "hotline12345", ANSWERS_QUEUE, WAIT_SECONDS = "60" } = process.env;
const ANSWERS = ["intake.appeal_registered.v1", "intake.submission_rejected.v1"];
const STATUS = "cn.jiesu.intake.status_reported.v1";
const key = `${SOURCE}.appeal_submitted.v1`;

if (!AMQP_URL || !process.argv[2]) {
  console.error("usage: AMQP_URL=amqp://user:password@host:5672/vhost SOURCE=hotline12345 node submit.mjs appeals.jsonl");
  process.exit(64);
}
const lines = (await readFile(process.argv[2], "utf8")).split("\n").filter(Boolean);
const events = lines.map(
  (line) =>
    new CloudEvent({
      type: `cn.jiesu.${key}`,
      source: `/${SOURCE}`,
      datacontenttype: "application/json",
      data: JSON.parse(line),
    }),
);

// An answer names the number that it is about, as text also where that was none, and in `causationid` the event that it
// answers: of a number that was registered before, the first one.
const open = new Set(events.map((event) => String(event.data.external_number || event.id)));
let rejected = 0;

const connection = await amqp.connect(AMQP_URL).catch((error) => {
  console.error(`no broker answers: ${error.message}`);
  process.exit(69);
});
const channel = await connection.createConfirmChannel();

// Listen first, so that no answer is missed. In production the street makes a durable queue and binds it.
const queue = ANSWERS_QUEUE ?? (await channel.assertQueue("", { exclusive: true })).queue;
if (!ANSWERS_QUEUE) {
  for (const answer of ANSWERS) await channel.bindQueue(queue, "jiesu", answer);
}
const answered = new Promise((resolve) => {
  if (open.size === 0) resolve();
  channel.consume(queue, (message) => {
    const headers = { "content-type": "application/cloudevents+json" };
    const { type, data, causationid } = HTTP.toEvent({ headers, body: message.content.toString() });
    const [source, number] = data.external
      ? [data.external.source, data.external.number]
      : [data.source, data.external_number];
    if (type === STATUS) {
      // What becomes of what was sent, now or earlier: file it under number, status and round.
      const { status, round, reply } = data;
      if (source === SOURCE) console.log(JSON.stringify({ external_number: number, status, round, reply }));
    } else if (source === SOURCE && open.delete(number || causationid)) {
      if (data.reasons) rejected += 1;
      const outcome = data.reasons ? { rejected: data.reasons } : { registered: data.appeal_id };
      console.log(JSON.stringify({ external_number: number, ...outcome }));
    }
    channel.ack(message);
    if (open.size === 0) resolve();
  });
});

let homeless = 0;
channel.on("return", () => (homeless += 1));
for (const event of events) {
  const { headers, body } = HTTP.structured(event);
  channel.publish("jiesu.external", key, Buffer.from(body), {
    contentType: headers["content-type"],
    persistent: true,
    mandatory: true,
    messageId: event.id,
  });
}
await channel.waitForConfirms();
if (homeless > 0) throw new Error(`${homeless} events found no mailbox: is the street's intake deployed?`);
// The street has them now, whatever happens here.

const late = new Promise((resolve) => setTimeout(resolve, Number(WAIT_SECONDS) * 1000).unref());
await Promise.race([answered, late]);
await connection.close();
for (const number of open) console.error(`${number}: no answer within ${WAIT_SECONDS} s`);
process.exitCode = open.size > 0 ? 2 : rejected > 0 ? 1 : 0;
