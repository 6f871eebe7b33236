/**
 * `BroadcastChannel` in memory: copies by `structuredClone`, later and in order, to every other open channel of the name.
 * A frozen tab gets its messages when it thaws.
 */
import type { FakeTabCore } from "./platform";

export interface Hub {
  open: Set<FakeChannel>;
  /** How long a message is under way; 0 is "the next task". */
  delayMs: (from: FakeTabCore, to: FakeTabCore) => number;
  deliver: (from: FakeTabCore, to: FakeTabCore, ms: number, run: () => void) => void;
}

export class FakeChannel extends EventTarget {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  closed = false;

  constructor(
    readonly name: string,
    readonly tab: FakeTabCore,
    private readonly hub: Hub,
  ) {
    super();
    hub.open.add(this);
  }

  postMessage(message: unknown): void {
    if (this.closed) throw new DOMException("Channel is closed", "InvalidStateError");
    for (const other of this.hub.open) {
      if (other === this || other.name !== this.name) continue;
      const data: unknown = structuredClone(message);
      this.hub.deliver(this.tab, other.tab, this.hub.delayMs(this.tab, other.tab), () => other.receive(data));
    }
  }

  close(): void {
    this.closed = true;
    this.hub.open.delete(this);
  }

  private receive(data: unknown): void {
    if (this.closed) return;
    const event = new MessageEvent("message", { data });
    this.onmessage?.(event);
    this.dispatchEvent(event);
  }
}
