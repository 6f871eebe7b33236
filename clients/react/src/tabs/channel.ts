/** What tabs say to each other, in an envelope with a version. */
import type { Action, Platform } from "../core/types";
import type { Place } from "./terms";

/** Tabs with another version of this library never hear of ours: it stands in the names of channel and lock. */
const VERSION = 1;

export type Said =
  | { kind: "hello"; term: number; after: Place | null }
  | { kind: "news"; term: number; n: number; action: Action }
  | { kind: "pong"; term: number; n: number }
  | { kind: "welcome"; to: string; term: number; n: number; saved: unknown; heard: Record<string, number> }
  | { kind: "bye"; term: number }
  | { kind: "join"; known: Place | null }
  | { kind: "ping" }
  | { kind: "nudge" }
  | { kind: "share"; seq: number; action: Action };
export type Message = Said & { v: number; from: string };

export interface Channel {
  /** False when nobody heard it: the channel is closed, or the message cannot be copied. Never throws. */
  post(said: Said): boolean;
  close(): void;
}

/** Where nobody hears. */
export const SILENT: Channel = { post: () => false, close() {} };

/** Names what the tabs of one scope share. */
export function scopeName(scope: string): string {
  return `belfry:${VERSION}:${scope}`;
}

/** Null where there are no channels, or where the page may not have one. */
export function openChannel(platform: Platform, name: string, me: string, hear: (message: Message) => void): Channel | null {
  if (!platform.BroadcastChannel) return null;
  let channel: BroadcastChannel;
  try {
    channel = new platform.BroadcastChannel(name);
  } catch {
    return null;
  }
  channel.onmessage = ({ data }: MessageEvent<Partial<Message> | null>) => {
    if (data?.v === VERSION && typeof data.from === "string") hear(data as Message);
  };
  return {
    post(said) {
      try {
        channel.postMessage({ v: VERSION, from: me, ...said });
        return true;
      } catch {
        return false;
      }
    },
    close() {
      channel.onmessage = null;
      channel.close();
    },
  };
}
