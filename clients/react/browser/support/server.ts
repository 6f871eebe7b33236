/** A `belfry serve` of a test's own: a fresh folder, a free port, and ways to kill it, start it again and publish to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Claims, mint } from "./tokens";

const TOPIC = "arn:aws:sns:us-east-1:000000000000:belfry";
const RETRY_MS = 100;

/** What a job publishes, as docs/contract.md has it under "SNS". */
export type Published = { type: string; title?: string; userId?: string; id?: string } & Record<string, unknown>;

export interface Server {
  readonly url: string;
  /** `user` and what else the token shall say; it lives for an hour unless `livesS` says otherwise, and may be over already. */
  token(user: string, claims?: Claims): string;
  /** One try, as of a job that gives up. */
  publish(event: Published): Promise<void>;
  /** As a job does that must not lose it: again and again, under its own `id`, until the server says that it is stored. */
  publishUntilStored(event: Published & { id: string }): Promise<void>;
  /** By PublishBatch, ten at a time. */
  publishMany(events: Published[]): Promise<void>;
  api(user: string, path: string, init?: { method?: string; json?: unknown; claims?: Claims }): Promise<Response>;
  /** At once and without a word, as a lack of memory would. */
  kill(): Promise<void>;
  /** At the same port, on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The program under test. @throws where it was not built. */
export function binary(): string {
  const path = process.env["BELFRY_BIN"] ?? fileURLToPath(new URL("../../../../target/debug/belfry", import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is not there: run \`cargo build -p local\`, or name the program by BELFRY_BIN`);
  return path;
}

export async function startServer(options: string[] = []): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), "belfry-browser-"));
  let running = await launch(data, "127.0.0.1:0", options);
  const url = running.url;
  const secret = (await readFile(join(data, "dev-secret"), "utf8")).trim();
  const token = (user: string, claims: Claims = {}): string => mint(secret, user, claims);

  const publish = (event: Published): Promise<void> => sns(url, { Action: "Publish", TopicArn: TOPIC, Message: JSON.stringify(event) });
  return {
    url,
    token,
    publish,
    async publishUntilStored(event) {
      for (;;) {
        try {
          return await publish(event);
        } catch {
          await new Promise(resolve => setTimeout(resolve, RETRY_MS));
        }
      }
    },
    async publishMany(events) {
      for (let from = 0; from < events.length; from += 10) await sns(url, batch(events.slice(from, from + 10)));
    },
    api: (user, path, { method = "GET", json, claims } = {}) =>
      fetch(url + path, {
        method,
        headers: { Authorization: `Bearer ${token(user, claims)}`, ...(json === undefined ? {} : { "Content-Type": "application/json" }) },
        body: json === undefined ? null : JSON.stringify(json),
      }),
    kill: () => end(running.child),
    async restart() {
      running = await launch(data, new URL(url).host, options);
    },
    async stop() {
      await end(running.child);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Ready when this answers: the first line that it prints is its address, once it listens. */
async function launch(data: string, listen: string, options: string[]): Promise<{ child: ChildProcess; url: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BELFRY|AWS)_/.test(name)));
  const child = spawn(binary(), ["serve", "--data", data, "--listen", listen, ...options], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [""])]);
  const url = /^Belfry is at (\S+)/.exec(String(first[0]))?.[1];
  if (url === undefined) {
    child.kill("SIGKILL");
    throw new Error(`belfry serve does not start: ${String(first[0])} ${said}`);
  }
  return { child, url };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function batch(events: Published[]): Record<string, string> {
  const form: Record<string, string> = { Action: "PublishBatch", TopicArn: TOPIC };
  events.forEach((event, index) => {
    const entry = `PublishBatchRequestEntries.member.${index + 1}`;
    form[`${entry}.Id`] = `e${index}`;
    form[`${entry}.Message`] = JSON.stringify(event);
  });
  return form;
}

async function sns(url: string, form: Record<string, string>): Promise<void> {
  const answer = await fetch(`${url}/`, { method: "POST", body: new URLSearchParams(form) });
  const text = await answer.text();
  if (!answer.ok || text.includes("<Failed><member>")) throw new Error(`SNS refuses: ${answer.status} ${text}`);
}
