/**
 * Tabs with the simplest replica there can be: how far the stream came, and which changes were heard. A server counts up; whoever
 * leads reads on from its own place.
 */
import type { Action, Platform, Tabs } from "../../src/core/types";
import { createTabs } from "../../src/tabs/tabs";
import { fakeBrowser, type FakeBrowser, type FakeTab } from "../support/platform";

type Lack = NonNullable<Parameters<FakeBrowser["tab"]>[0]>["without"];
export interface TabSettings {
  scope?: string;
  without?: Lack;
  hidden?: boolean;
  /** Changes the platform before the tab sees it. */
  platform?: (platform: Platform) => Platform;
}

const READ_EVERY_MS = 200;
/** A follower that is seen notices within two pings and the patience after them. */
export const REPLACED_MS = 5_500;

export class TestTab {
  readonly fake: FakeTab;
  tabs!: Tabs;
  /** The numbers of the stream, as the replica has them. */
  stream: number[] = [];
  /** The changes that any tab told, as the replica has them. */
  changes: string[] = [];
  other: Action[] = [];
  /** What must never be: news that is not the next, or a change applied twice. */
  faults: string[] = [];
  line: unknown = null;
  leadings = 0;
  followings = 0;
  loads = 0;
  nudges = 0;
  gone = false;
  /** It closes when it hears of this change, as of a sign-out. */
  closesOn = "";
  /** While true the page's own events do not reach it: it hangs rather than being frozen. */
  private deaf = false;
  private readonly platform: Platform;

  constructor(
    readonly world: World,
    readonly settings: TabSettings,
  ) {
    const fake = (this.fake = world.browser.tab({ without: settings.without }));
    if (settings.hidden) fake.say("hidden");
    const platform: Platform = { ...fake, watch: tell => fake.watch(what => !this.deaf && tell(what)) };
    this.platform = settings.platform?.(platform) ?? platform;
    this.begin();
  }

  begin(): void {
    this.gone = false;
    const tabs = createTabs({
      scope: this.settings.scope ?? "anna",
      platform: this.platform,
      tabId: this.fake.name,
      onLead: () => {
        this.leadings++;
        if (this.line !== null) this.faults.push("leads twice");
        this.read();
      },
      onFollow: () => {
        this.followings++;
        if (this.line === null) this.faults.push("follows twice");
        this.cut();
      },
      onAction: action => this.apply(action),
      onNudge: () => this.nudges++,
      save: () => ({ stream: this.stream, changes: this.changes }),
      load: saved => {
        this.loads++;
        const { stream, changes } = saved as { stream: number[]; changes: string[] };
        this.stream = [...stream];
        this.changes = [...changes];
      },
    });
    this.tabs = tabs;
  }

  get leads(): boolean {
    return this.tabs.leads;
  }
  get awake(): boolean {
    return !this.gone && !this.fake.frozen;
  }

  /** A change of this tab's user. */
  change(id: string): void {
    this.say({ type: "op-done", id, at: this.world.browser.now() });
  }
  say(action: Action): void {
    this.apply(action);
    this.tabs.tell(action);
  }

  close(): void {
    this.gone = true;
    this.cut();
    this.tabs.close();
  }
  /** The tab is gone without a word. */
  crash(): void {
    this.gone = true;
    this.fake.close();
  }
  /** The main thread is busy: nothing runs, and the page is not told. */
  hang(): void {
    this.fake.frozen = true;
  }
  wake(): void {
    this.deaf = true;
    this.fake.thaw();
    this.deaf = false;
  }

  /** The line of the tab that leads: one number at a time, from its own place on. */
  private read(): void {
    this.line = this.platform.setTimeout(() => {
      while (this.stream.length < this.world.published) this.say(group(this.stream.length + 1));
      this.read();
    }, READ_EVERY_MS);
  }
  private cut(): void {
    this.platform.clearTimeout(this.line);
    this.line = null;
  }

  private apply(action: Action): void {
    if (action.type === "group") {
      const next = Number(action.cursor);
      if (next !== this.stream.length + 1) this.faults.push(`${next} after ${this.stream.length}`);
      this.stream.push(next);
    } else if (action.type === "op-done") {
      if (this.changes.includes(action.id)) this.faults.push(`${action.id} twice`);
      if (this.gone) this.faults.push(`${action.id} after it was closed`);
      this.changes.push(action.id);
      if (action.id === this.closesOn) this.close();
    } else {
      if (action.type === "clear") this.changes = [];
      this.other.push(action);
    }
  }
}

export class World {
  readonly browser: FakeBrowser;
  readonly all: TestTab[] = [];
  /** How many numbers the server's stream has. */
  published = 0;

  constructor(seed = 1) {
    this.browser = fakeBrowser({ seed });
  }

  open(settings: TabSettings = {}): TestTab {
    const tab = new TestTab(this, settings);
    this.all.push(tab);
    return tab;
  }
  /** Several tabs, one after the other: the first leads. */
  async openAll(count: number, settings: TabSettings = {}): Promise<TestTab[]> {
    const tabs: TestTab[] = [];
    for (let index = 0; index < count; index++) {
      tabs.push(this.open(settings));
      await this.pass(50);
    }
    return tabs;
  }
  /** A leader and two that follow. */
  async three(): Promise<[TestTab, TestTab, TestTab]> {
    const [first, second, third] = await this.openAll(3);
    if (!first || !second || !third) throw new Error("three tabs");
    return [first, second, third];
  }
  pass(ms: number): Promise<void> {
    return this.browser.advance(ms);
  }
  get living(): TestTab[] {
    return this.all.filter(tab => !tab.gone);
  }
  get leaders(): TestTab[] {
    return this.living.filter(tab => tab.awake && tab.leads);
  }
  get faults(): string[] {
    return this.all.flatMap(tab => tab.faults.map(fault => `${tab.fake.name}: ${fault}`));
  }
}

export function group(cursor: number): Action {
  return { type: "group", events: [], cursor: String(cursor), live: true, at: 0 };
}
