import type { Tabs, TabsOptions } from "../core/types";

/** A tab that leads itself and tells nobody: where there are no locks or channels, or by choice. */
export function createAlone({ onLead, onFollow, onNudge }: TabsOptions): Tabs {
  let leads = false;
  let standing = false;

  function stand(): void {
    if (standing) return;
    standing = true;
    // Later, as with a lock: whoever creates us does not hold us yet.
    void Promise.resolve().then(() => {
      if (!standing || leads) return;
      leads = true;
      onLead();
    });
  }
  function leave(): boolean {
    const led = leads;
    standing = leads = false;
    return led;
  }

  stand();
  return {
    tell() {},
    get leads() {
      return leads;
    },
    resign() {
      if (leave()) onFollow();
    },
    stand,
    nudge() {
      if (leads) onNudge();
    },
    close() {
      leave();
    },
  };
}
