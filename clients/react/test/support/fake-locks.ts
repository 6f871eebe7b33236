/** The Web Locks API in memory: exclusive locks, queue, `signal`, `ifAvailable` and `steal`, shared by the tabs of one browser. */
import type { FakeTabCore } from "./platform";

interface Claim {
  name: string;
  tab: FakeTabCore;
  grant: () => void;
  /** Ends the promise of `request` for whoever holds it. */
  rob: () => void;
}

export interface LockTable {
  held: Map<string, Claim>;
  waiting: Claim[];
  grantNext: (name: string) => void;
  dropTab: (tab: FakeTabCore) => void;
  count: (tab: FakeTabCore) => number;
}

export function lockTable(): LockTable {
  const held = new Map<string, Claim>();
  const waiting: Claim[] = [];
  const table: LockTable = {
    held,
    waiting,
    grantNext(name) {
      if (held.has(name)) return;
      const at = waiting.findIndex((claim) => claim.name === name);
      const [next] = at < 0 ? [] : waiting.splice(at, 1);
      next?.grant();
    },
    dropTab(tab) {
      for (let at = waiting.length - 1; at >= 0; at--) if (waiting[at]?.tab === tab) waiting.splice(at, 1);
      for (const [name, claim] of [...held])
        if (claim.tab === tab) {
          held.delete(name);
          table.grantNext(name);
        }
    },
    count: (tab) => [...held.values(), ...waiting].filter((claim) => claim.tab === tab).length,
  };
  return table;
}

type Callback = (lock: Lock | null) => unknown;

export function fakeLocks(tab: FakeTabCore, table: LockTable): LockManager {
  const request = (name: string, second: LockOptions | Callback, third?: Callback): Promise<unknown> => {
    const options = typeof second === "function" ? {} : second;
    const callback = typeof second === "function" ? second : third;
    if (!callback) return Promise.reject(new TypeError("no callback"));
    return new Promise((resolve, reject) => {
      const aborted = () => new DOMException("The request was aborted.", "AbortError");
      if (options.signal?.aborted) return reject(options.signal.reason ?? aborted());
      const lock = { name, mode: "exclusive" } as Lock;
      const claim: Claim = {
        name,
        tab,
        rob: () => reject(new DOMException("Lock broken by another request with the 'steal' option.", "AbortError")),
        grant: () => {
          table.held.set(name, claim);
          options.signal?.removeEventListener("abort", abort);
          const release = () => {
            if (table.held.get(name) !== claim) return;
            table.held.delete(name);
            table.grantNext(name);
          };
          tab.later(async () => {
            try {
              resolve(await callback(lock));
            } catch (error) {
              reject(error);
            } finally {
              release();
            }
          });
        },
      };
      function abort(): void {
        const at = table.waiting.indexOf(claim);
        if (at < 0) return;
        table.waiting.splice(at, 1);
        reject(options.signal?.reason ?? aborted());
      }
      const holder = table.held.get(name);
      if (options.steal) {
        holder?.tab.later(() => holder.rob());
        claim.grant();
      } else if (!holder && !table.waiting.some((other) => other.name === name)) {
        claim.grant();
      } else if (options.ifAvailable) {
        tab.later(() => void Promise.resolve(callback(null)).then(resolve, reject));
      } else {
        table.waiting.push(claim);
        options.signal?.addEventListener("abort", abort);
      }
    });
  };
  const query = (): Promise<LockManagerSnapshot> =>
    Promise.resolve({
      held: [...table.held.keys()].map((name) => ({ name, mode: "exclusive" as const })),
      pending: table.waiting.map(({ name }) => ({ name, mode: "exclusive" as const })),
    });
  return { request, query } as unknown as LockManager;
}
